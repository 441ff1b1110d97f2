// How the watch, its cameras, its store and this server are; who changed what.

import { api, ApiError } from "./api.js";
import { byId, h, setText, table } from "./dom.js";
import { bytes, cameraBadge, CAMERA_STATES, count, dateTime, duration } from "./format.js";
import { insist, startPage, tell } from "./page.js";

const EVERY_MS = 2000;
const AUDIT_AT_A_TIME = 50;
const OLD_S = 3;
const SILENT_S = 10;

const { can } = await startPage();

const CAMERA_COLUMNS = [
  { title: "Camera" },
  { title: "State" },
  { title: "Last frame", numeric: true },
  { title: "Judged", numeric: true },
  { title: "Passed over", numeric: true },
  { title: "Size", numeric: true },
  { title: "Reason" },
];

function cameraRow(camera) {
  const old = camera.frame_age_s !== null && camera.frame_age_s > OLD_S;
  return [
    h("strong", {}, camera.name),
    cameraBadge(camera.state),
    h("span", { class: old ? "fault" : null }, camera.frame_age_s === null ? "none yet" : `${duration(camera.frame_age_s)} ago`),
    `${camera.frames_per_s.toFixed(1)} /s`,
    count(camera.dropped),
    camera.width ? `${camera.width} × ${camera.height}` : "–",
    camera.reason || "–",
  ];
}

/** Sentences about what is not as it should be. */
function troublesOf(report) {
  const { watch } = report;
  if (watch === null) return ["The watch has not been heard yet."];
  const found = watch.cameras
    .filter((camera) => camera.state !== "live")
    .map((camera) => `${camera.name}: ${CAMERA_STATES[camera.state]}${camera.reason ? ` (${camera.reason})` : ""}.`);
  if (report.watch_silent_s > SILENT_S) found.push(`The watch has been silent for ${duration(report.watch_silent_s)}.`);
  if (watch.store_trouble) found.push(`The store cannot be written: ${watch.store_trouble}.`);
  if (report.store_trouble) found.push(`The store cannot be read: ${report.store_trouble}.`);
  if (watch.store_lost) found.push(`${count(watch.store_lost)} records are lost: they waited too long for the store.`);
  return found;
}

function show(report) {
  const troubles = troublesOf(report);
  setText(byId("verdict"), troubles.length ? "" : "✓ Everything works");
  byId("verdict").className = troubles.length ? "" : "pill pill-good";
  byId("troubles").hidden = troubles.length === 0;
  if (byId("troubles").textContent !== troubles.join("")) {
    byId("troubles").replaceChildren(...troubles.map((words) => h("li", {}, words)));
  }
  if (report.watch) showWatch(report.watch, report.watch_silent_s);
  facts("store", {
    "Size": bytes(report.store_bytes),
    "Free beside it": bytes(report.free_bytes),
    "Waiting to be written": count(report.watch?.store_waiting ?? 0),
    "Lost": count(report.watch?.store_lost ?? 0),
  });
  facts("server", { "Looking now": count(report.viewers), "Memory": memory(report.server_memory_mb) });
  showLog(report.log);
}

function showWatch(watch, silentS) {
  byId("cameras").replaceChildren(table("As the watch said last", CAMERA_COLUMNS, watch.cameras.map(cameraRow)));
  facts("watch", {
    "Model": watch.model,
    "A look takes": `${Math.round(1000 * watch.look_s)} ms`,
    "Looks since the start": count(watch.looks),
    "Running for": duration((Date.parse(watch.utc) - Date.parse(watch.began)) / 1000),
    "Since": dateTime(watch.began),
    "Memory": memory(watch.memory_mb),
    "Heard": `${duration(silentS)} ago`,
    "Version": watch.version,
  });
}

function memory(mb) {
  return mb === null ? "not told by this system" : `${Math.round(mb)} MB`;
}

/** A list of terms, whose values alone are changed. */
function facts(id, values) {
  const list = byId(id);
  if (!list.children.length) for (const name of Object.keys(values)) list.append(h("dt", {}, name), h("dd"));
  const cells = list.querySelectorAll("dd");
  Object.values(values).forEach((value, i) => setText(cells[i], value));
}

let logLines = [];

function showLog(lines) {
  logLines = lines;
  const only = byId("warnings").checked;
  const shown = lines.filter((line) => !only || levelOf(line) !== "info");
  const box = byId("log");
  const text = shown.join("\n");
  if (box.dataset.shown === text && box.children.length) return;
  box.dataset.shown = text;
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
  const empty = h("p", { class: "empty" }, only ? "No warnings in the last lines." : "Nothing was logged yet.");
  box.replaceChildren(...(shown.length ? shown.map((line) => h("div", { class: `log-${levelOf(line)}` }, line)) : [empty]));
  if (atEnd) box.scrollTop = box.scrollHeight;
}

function levelOf(line) {
  const level = line.split(" ", 2)[1]?.toLowerCase();
  return level === "warning" || level === "error" || level === "critical" ? level : "info";
}

let auditLines = [];

async function earlierAudit() {
  const before = auditLines.at(-1)?.number;
  const lines = await insist(() => api("audit", { query: { before, limit: AUDIT_AT_A_TIME } }));
  auditLines = [...auditLines, ...lines];
  byId("audit-more").hidden = lines.length < AUDIT_AT_A_TIME;
  const columns = [{ title: "When" }, { title: "Who" }, { title: "Did" }, { title: "With" }];
  const rows = auditLines.map((line) => [dateTime(line.utc), line.who, line.action, line.what || "–"]);
  byId("audit").replaceChildren(
    rows.length ? table("Newest first", columns, rows) : h("p", { class: "empty" }, "Nobody has done anything yet."),
  );
}

async function refresh() {
  try {
    show(await insist(() => api("health")));
    tell(byId("fault"), null);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(byId("fault"), error);
  }
  setTimeout(refresh, EVERY_MS);
}

byId("warnings").addEventListener("change", () => showLog(logLines));
byId("audit-more").addEventListener("click", earlierAudit);
await refresh();
byId("log").scrollTop = byId("log").scrollHeight;
if (can("admin")) await earlierAudit();
