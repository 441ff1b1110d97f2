// What has happened: found by filters that stand in the address, marked, taken away as a file.

import { api, ApiError, apiUrl } from "./api.js";
import { byId, h, setText } from "./dom.js";
import { EventArticle } from "./event_article.js";
import { date, EVENT_KINDS, siteTimeZone } from "./format.js";
import { announce, insist, startPage, tell } from "./page.js";
import { fromSiteTime, toSiteTime } from "./site_time.js";
import { LiveStream } from "./stream.js";

const AT_A_TIME = 40;
const FILTERS = ["camera", "zone", "kind", "state"];
const TIMES = { from: "start", to: "end" };

const { can } = await startPage();
const cameras = await insist(() => api("cameras"));
const collects = new Map(cameras.map((camera) => [camera.name, camera.collects_for_training]));
const list = byId("events");
const form = byId("filters");

let articles = new Map();
let following = null; // where the next page begins; undefined while the first is not here
let asking = null; // aborts what is asked for
let fresh = new Set(); // events that came since, and are not in the list

/** What the API is asked, from the address. */
function wanted() {
  const here = new URLSearchParams(window.location.search);
  const query = Object.fromEntries(FILTERS.map((name) => [name, here.get(name)]));
  for (const [field, name] of Object.entries(TIMES)) query[name] = here.get(field) && fromSiteTime(here.get(field));
  return query;
}

/** Read the list anew, for what the address asks. */
async function restart() {
  asking?.abort();
  list.setAttribute("aria-busy", "false");
  articles = new Map();
  fresh = new Set();
  following = undefined;
  list.replaceChildren();
  showFresh();
  for (const kind of ["csv", "json"]) byId(kind).href = apiUrl(`events.${kind}`, wanted());
  await more();
}

/** One page more, if there is one and none is under way. */
async function more() {
  if (following === null || list.getAttribute("aria-busy") === "true") return;
  const mine = new AbortController();
  asking = mine;
  list.setAttribute("aria-busy", "true");
  try {
    const query = { ...wanted(), limit: AT_A_TIME, after: following };
    const page = await insist(() => api("events", { query, signal: mine.signal }));
    if (mine.signal.aborted) return;
    following = page.next;
    for (const event of page.events) append(event);
    tell(byId("fault"), null);
    showEnd();
  } catch (error) {
    if (mine.signal.aborted) return;
    if (!(error instanceof ApiError)) throw error;
    following = null;
    tell(byId("fault"), error);
  } finally {
    if (asking === mine) list.setAttribute("aria-busy", "false");
  }
  // A screen that is taller than a page shows the end still.
  if (endIsNear()) more();
}

function append(event) {
  if (articles.has(event.id)) return;
  const options = { canMark: can("operate"), collects: collects.get(event.camera), enlarge };
  const article = new EventArticle(event, options);
  const day = date(event.began);
  if (list.dataset.day !== day || !list.children.length) {
    list.dataset.day = day;
    list.append(h("h2", { class: "day" }, day));
  }
  articles.set(event.id, article);
  list.append(article.element);
}

function showEnd() {
  const none = articles.size === 0;
  setText(byId("end"), none ? "No event is like this." : following === null ? "There are no more." : "");
  const so = following === null ? `${articles.size}` : `the newest ${articles.size}`;
  setText(byId("total"), none ? "" : `${so}, by the clock of ${siteTimeZone()}`);
}

function endIsNear() {
  return byId("end").getBoundingClientRect().top < window.innerHeight + 600;
}

/** The picture over the page; Escape or Close leads back. */
function enlarge(src, words) {
  byId("picture-image").replaceChildren(h("img", { src, alt: words }));
  setText(byId("picture-words"), words);
  byId("picture").showModal();
}

/** Put the fields as the address has them, and the other way round. */
function fillForm() {
  const here = new URLSearchParams(window.location.search);
  for (const name of [...FILTERS, ...Object.keys(TIMES)]) form.elements[name].value = here.get(name) ?? "";
}

function fillAddress() {
  const url = new URL(window.location.href);
  url.search = "";
  for (const name of [...FILTERS, ...Object.keys(TIMES)]) {
    if (form.elements[name].value) url.searchParams.set(name, form.elements[name].value);
  }
  window.history.replaceState(null, "", url);
}

function offer(select, values) {
  for (const [value, words] of values) select.append(h("option", { value }, words));
}

/** Names that the settings no longer have are still in old events, and may stand in the address. */
function offerNames() {
  const here = new URLSearchParams(window.location.search);
  const zones = new Set(cameras.flatMap((camera) => camera.zones.map((zone) => zone.name)));
  const names = new Set(collects.keys());
  if (here.get("camera")) names.add(here.get("camera"));
  if (here.get("zone")) zones.add(here.get("zone"));
  offer(form.elements.camera, [...names].map((name) => [name, name]));
  offer(form.elements.zone, [...zones].map((name) => [name, name]));
  offer(form.elements.kind, Object.entries(EVENT_KINDS));
}

/** An event as it happens: one that is listed is shown as it is now, another is offered at the top. */
function happened(event) {
  const listed = articles.get(event.id);
  if (listed) {
    listed.event = { ...listed.event, ended: event.ended, duration_s: event.duration_s, details: event.details };
    listed.fill();
  } else if (matches(event)) {
    fresh.add(event.id);
    showFresh();
  }
}

/** What happened while the connection was away. */
async function catchUp() {
  const page = await insist(() => api("events", { query: { ...wanted(), limit: AT_A_TIME } }));
  page.events.forEach(happened);
}

function matches(event) {
  const { camera, zone, kind, state, start, end } = wanted();
  const time = Date.parse(event.began);
  return (
    (!camera || camera === event.camera) && (!zone || zone === event.zone) && (!kind || kind === event.kind) &&
    (!state || state === "unmarked" || state === (event.ended === null ? "lasting" : "over")) &&
    (!start || time >= Date.parse(start)) && (!end || time < Date.parse(end))
  );
}

function showFresh() {
  byId("fresh").hidden = fresh.size === 0;
  setText(byId("fresh"), `${fresh.size} new ${fresh.size === 1 ? "event" : "events"}: show`);
}

form.addEventListener("change", () => {
  fillAddress();
  restart().then(() => announce(`${articles.size} events are shown.`));
});
form.addEventListener("reset", () => setTimeout(() => form.dispatchEvent(new Event("change"))));
form.addEventListener("submit", (event) => event.preventDefault());
byId("fresh").addEventListener("click", () => {
  restart();
  window.scrollTo({ top: 0 });
});
// As in a feed: page up and down lead from event to event.
list.addEventListener("keydown", (event) => {
  if (event.key !== "PageDown" && event.key !== "PageUp") return;
  const all = [...list.querySelectorAll("article")];
  const next = all[all.indexOf(document.activeElement?.closest("article")) + (event.key === "PageDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
new IntersectionObserver(more, { rootMargin: "600px" }).observe(byId("end"));

offerNames();
fillForm();
// A phone shows events first, unless somebody came for some of them only.
byId("fold").open = !matchMedia("(max-width: 760px)").matches || window.location.search !== "";
await restart();
new LiveStream({ event: happened, back: catchUp }, { cameras: [], pictures: false });
