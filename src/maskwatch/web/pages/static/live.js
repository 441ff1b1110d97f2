// Every camera as it is now; one of them large; all of them on a wall.

import { api, pageUrl } from "./api.js";
import { CameraCard } from "./camera_card.js";
import { byId, h, setText, table } from "./dom.js";
import { RecentEvents } from "./event_items.js";
import { CAMERA_STATES, DOUBTS, percent, stateBadge, STATES } from "./format.js";
import { announce, insist, startPage } from "./page.js";
import { LiveStream } from "./stream.js";

const RECENT = 25;
const TODAY_EVERY_MS = 10000;

await startPage();
const cards = new Map();
const recent = new RecentEvents(byId("recent"), byId("recent-empty"), RECENT);
const here = () => new URLSearchParams(window.location.search);

/** Read cameras and events again: cards of cameras that stay are kept. */
async function readAll() {
  await Promise.all([readCameras(), readEvents()]);
}

async function readCameras() {
  placeCards(await insist(() => api("cameras")));
}

/** The last events, of the large camera if there is one. */
async function readEvents() {
  const camera = here().get("camera");
  const { events } = await insist(() => api("events", { query: { limit: RECENT, camera } }));
  if (camera === here().get("camera")) recent.reset(events);
}

function happened(event) {
  const camera = here().get("camera");
  if (!camera || camera === event.camera) recent.put(event);
}

function placeCards(cameras) {
  for (const name of [...cards.keys()].filter((each) => !cameras.some((camera) => camera.name === each))) {
    cards.get(name).element.remove();
    cards.delete(name);
  }
  for (const camera of cameras) {
    if (cards.has(camera.name)) cards.get(camera.name).update(camera);
    else cards.set(camera.name, new CameraCard(camera, (name) => go({ camera: name })));
  }
  const elements = cameras.map((camera) => cards.get(camera.name).element);
  if (elements.some((each, i) => byId("cameras").children[i] !== each)) byId("cameras").replaceChildren(...elements);
  showOverall(cameras.map((camera) => camera.live).filter(Boolean));
  arrange();
}

function heardWatch(watch) {
  for (const live of watch.cameras) cards.get(live.name)?.heard(live);
  showOverall(watch.cameras);
}

function showOverall(lives) {
  const inView = (state) => lives.reduce((sum, live) => sum + live.in_view[state], 0);
  const working = lives.filter((live) => live.state === "live").length;
  const cameras = h("span", { class: working < lives.length ? "fault" : "soft" }, `${working} of ${lives.length} cameras live`);
  byId("overall").replaceChildren(...Object.keys(STATES).map((state) => stateBadge(state, inView(state))), cameras);
}

/** Change what is shown, so that the browser's own Back leads out again. */
function go(query) {
  const url = new URL(window.location.href);
  url.search = new URLSearchParams(query).toString();
  window.history.pushState(null, "", url);
  arrange(true);
}

function arrange(moved = false) {
  const chosen = cards.has(here().get("camera")) ? here().get("camera") : null;
  const wall = here().get("view") === "wall" && chosen === null;
  document.body.classList.toggle("large", chosen !== null);
  document.body.classList.toggle("wall", wall);
  for (const [name, card] of cards) {
    card.element.hidden = chosen !== null && name !== chosen;
    card.opener.setAttribute("aria-label", chosen ? `${name}: back to all cameras` : `${name}: show large`);
  }
  byId("back").hidden = chosen === null;
  byId("wall").hidden = chosen !== null;
  byId("in-view").hidden = chosen === null;
  fitWall();
  stream?.show(chosen === null ? null : [chosen]);
  byId("all-events").href = pageUrl("events", { camera: chosen });
  if (!moved) return;
  readEvents();
  announce(chosen ? `${chosen}, large. Escape leads back.` : wall ? "Wall view. Escape leads back." : "All cameras.");
}

/** So many columns that the pictures are as large as they can be. */
function fitWall() {
  const n = Math.max(1, cards.size);
  const size = (columns) => Math.min(window.innerWidth / columns / 16, window.innerHeight / Math.ceil(n / columns) / 9);
  const best = Array.from({ length: n }, (_, i) => i + 1).reduce((a, b) => (size(b) > size(a) ? b : a));
  byId("cameras").style.setProperty("--columns", best);
  byId("cameras").style.setProperty("--rows", Math.ceil(n / best));
}

/** Who is in the large picture, as a table. */
function listInView(picture) {
  if (picture.camera !== here().get("camera")) return;
  const columns = [
    { title: "Passage", numeric: true }, { title: "State" }, { title: "Score", numeric: true }, { title: "Zones" },
  ];
  const rows = picture.boxes.map((box) => [
    String(box.track),
    h("span", {}, stateBadge(box.state), box.doubt ? h("span", { class: "soft" }, ` ${DOUBTS[box.doubt]}`) : null),
    percent(box.score),
    box.zones.join(", ") || "–",
  ]);
  byId("in-view-rows").replaceChildren(
    rows.length ? table("In the picture as it is now", columns, rows) : h("p", { class: "empty" }, "Nobody is in view."),
  );
}

function leave() {
  if (document.fullscreenElement) document.exitFullscreen();
  const name = here().get("camera");
  if (!name && here().get("view") !== "wall") return;
  go({});
  if (name) cards.get(name)?.opener.focus();
}

byId("back").addEventListener("click", leave);
byId("wall").addEventListener("click", () => {
  go({ view: "wall" });
  document.documentElement.requestFullscreen?.().catch(() => setText(byId("announcer"), "Wall view in this window."));
});
document.addEventListener("keydown", (event) => event.key === "Escape" && leave());
document.addEventListener("fullscreenchange", () => {
  if (!document.fullscreenElement && here().get("view") === "wall") leave();
});
window.addEventListener("popstate", () => arrange(true));
window.addEventListener("resize", fitWall);
document.addEventListener("themechange", () => cards.forEach((card) => card.draw()));

let stream = null;
await readAll();
stream = new LiveStream(
  {
    watch: heardWatch,
    picture: (picture) => {
      cards.get(picture.camera)?.show(picture);
      listInView(picture);
    },
    event: happened,
    settings: readCameras,
    back: readAll,
  },
  { cameras: cards.has(here().get("camera")) ? [here().get("camera")] : null },
);
setInterval(() => cards.forEach((card) => card.tick()), 500);
setInterval(readCameras, TODAY_EVERY_MS);
