// Who wore a mask, by time and place.

import { api, ApiError, apiUrl, Unreachable } from "./api.js";
import { byId, h, setText } from "./dom.js";
import { clockTime, count, percent, siteTimeZone, stateBadge, STATES } from "./format.js";
import { insist, startPage, tell } from "./page.js";
import { TrendCard } from "./trends_card.js";
import * as charts from "./trends_charts.js";
import { Comparison } from "./trends_compare.js";
import { groupOf, groups, judged, placeName, weekGrid, WEEKDAYS } from "./trends_data.js";
import { Question } from "./trends_question.js";
import { weekLayout, weekTraces } from "./trends_week.js";
import { dayOf, stretch } from "./zoned.js";

const SHARE_COLUMNS = [
  { title: "judged", numeric: true },
  { title: "share", numeric: true },
  { title: "95 % interval", numeric: true },
];
const STATE_COLUMNS = Object.values(STATES).map(({ label }) => ({ title: label, numeric: true }));
const NOBODY = "Nobody passed in this period, as far as the cameras saw.";
const UNJUDGED = "Whoever passed in this period could not be judged, so there is no share.";

await startPage();
const cameras = await insist(() => api("cameras"));
const sections = [...document.querySelectorAll("[data-chart]")];
const of = Object.fromEntries(sections.map((section) => [section.dataset.chart, section]));
const card = Object.fromEntries(["share", "counts", "places", "week"].map((name) => [name, new TrendCard(of[name])]));
const comparison = new Comparison(of.compare);
const question = new Question(cameras, dayOf(Date.now(), siteTimeZone()), ask);
byId("again").addEventListener("click", ask);
const narrow = matchMedia("(max-width: 760px)");
narrow.addEventListener("change", () => drawWeek());
let asked = 0;
let week = "share";
let drawWeek = async () => {};
for (const what of ["share", "counts"]) byId(`week-${what}`).addEventListener("click", () => chooseWeek(what));
await ask();

async function ask() {
  const now = ++asked;
  const { from, until, by, camera, zone, apart } = question.value;
  try {
    if (!from || !until) throw new ApiError(422, "Give both days of the period.");
    const query = { ...stretch(from, until, siteTimeZone()), camera, zone };
    const queries = {
      time: { ...query, by },
      told: { ...query, by, apart },
      places: { ...query, by: "none", apart: ["camera", "zone"] },
      week: { ...query, by: "weekday_hour" },
    };
    const wanted = ["time", "told", "places", "week"].map((name) => api("summary", { query: queries[name] }));
    const [answers] = await Promise.all([Promise.all(wanted), comparison.follow(question.value)]);
    if (now === asked) await show(question.value, queries, answers);
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
    tell(byId("fault"), error);
  }
}

async function show({ from, until, by, apart }, queries, [time, told, places, ofWeek]) {
  tell(byId("fault"), null);
  const days = from === until ? from : `${from} to ${until}`;
  const file = (name) => apiUrl("summary.csv", queries[name]);
  setText(byId("asked"), `${days}, by the clock of ${siteTimeZone()}. Counted at ${clockTime(Date.now())}.`);
  showTotals(time.total);
  await showShare(told.lines, by, apart, days, file("told"));
  await showCounts(time.lines, by, days, file("time"));
  await showPlaces(places.lines, days, file("places"));
  drawWeek = () => showWeek(ofWeek.lines, days, file("week"));
  await drawWeek();
}

function showTotals(all) {
  const share = h("div", {}, h("b", { class: "figure" }, percent(all.share)), " wearing a mask");
  const [low, high] = [percent(all.low, 1), percent(all.high, 1)];
  const interval = judged(all) ? `${low} – ${high} of ${count(judged(all))} judged` : "nobody judged";
  const states = Object.keys(STATES).map((state) => stateBadge(state, count(all.passages[state])));
  byId("totals").replaceChildren(share, h("div", { class: "soft" }, interval), ...states);
}

async function showShare(lines, by, apart, days, csv) {
  const kept = lines.filter((line) => line.share !== null);
  if (!kept.length) return card.share.empty(lines.length ? UNJUDGED : NOBODY);
  const told = groups(kept, apart);
  await card.share.show({
    file: "maskwatch-share",
    csv,
    caption: `Share wearing a mask by ${by}, ${days}`,
    traces: () => charts.shareTraces(told, by),
    layout: { yaxis: charts.SHARE_AXIS, ...(told.length > 1 ? charts.legendAbove : { showlegend: false }) },
    columns: [{ title: by }, ...(apart ? [{ title: apart }] : []), ...SHARE_COLUMNS],
    rows: kept.map((line) => [written(line, by), ...(apart ? [groupOf(line, apart)] : []), ...shareCells(line)]),
  });
}

async function showCounts(lines, by, days, csv) {
  if (!lines.length) return card.counts.empty(NOBODY);
  await card.counts.show({
    file: "maskwatch-passages",
    csv,
    caption: `Passages by ${by}, ${days}`,
    traces: () => charts.countTraces(lines, by),
    layout: charts.countLayout,
    columns: [{ title: by }, ...STATE_COLUMNS],
    rows: lines.map((line) => [written(line, by), ...stateCells(line)]),
  });
}

async function showPlaces(lines, days, csv) {
  const kept = lines.filter((line) => line.share !== null).map((line) => ({ ...line, label: placeName(line) }));
  if (!kept.length) return card.places.empty(lines.length ? UNJUDGED : NOBODY);
  await card.places.show({
    file: "maskwatch-places",
    csv,
    caption: `Share wearing a mask by camera and zone, ${days}`,
    traces: () => charts.markTraces(kept),
    layout: charts.markLayout(kept.length),
    columns: [{ title: "camera and zone" }, ...STATE_COLUMNS, ...SHARE_COLUMNS],
    rows: lines.map((line) => [placeName(line), ...stateCells(line), ...shareCells(line)]),
  });
}

async function showWeek(lines, days, csv) {
  if (!lines.length) return card.week.empty(NOBODY);
  await card.week.show({
    file: "maskwatch-week",
    csv,
    caption: `${week === "share" ? "Share wearing a mask" : "Passages"} by hour of the week, ${days}`,
    traces: () => weekTraces(weekGrid(lines), week, narrow.matches),
    layout: weekLayout(narrow.matches),
    columns: [{ title: "weekday" }, { title: "hour" }, ...STATE_COLUMNS, ...SHARE_COLUMNS],
    rows: lines.map((line) => [WEEKDAYS[line.weekday], `${line.hour}:00`, ...stateCells(line), ...shareCells(line)]),
  });
}

function chooseWeek(what) {
  week = what;
  for (const each of ["share", "counts"]) byId(`week-${each}`).setAttribute("aria-pressed", String(each === what));
  return drawWeek();
}

/** `2026-03-02 Mon 13:00+01:00`: with the difference to UTC, because an hour may come twice. */
function written({ begins }, by) {
  const day = `${begins.slice(0, 10)} ${WEEKDAYS[(new Date(begins.slice(0, 10)).getUTCDay() + 6) % 7].slice(0, 3)}`;
  return by === "day" ? day : `${day} ${begins.slice(11, 16)}${begins.slice(19)}`;
}

function stateCells(line) {
  return Object.keys(STATES).map((state) => count(line.passages[state]));
}

function shareCells(line) {
  const interval = line.share === null ? "–" : `${percent(line.low, 1)} – ${percent(line.high, 1)}`;
  return [count(judged(line)), percent(line.share, 1), interval];
}
