// How things are written: states with their symbols, times by the site's clock, shares, sizes.

import { h, svg } from "./dom.js";

/**
 * The states, in the order in which they are always told. `path` is a symbol in a square of 16, so that nobody has
 * to tell colours apart; `colour` is the name of the CSS variable.
 */
export const STATES = {
  mask: { label: "mask", colour: "--state-mask", path: "M2.5 8.5 6.5 12.5 13.5 4" },
  no_mask: { label: "no mask", colour: "--state-no-mask", path: "M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5" },
  incorrect: { label: "worn wrongly", colour: "--state-incorrect", path: "M8 2.5V9.5M8 12.2V13.6" },
  unsure: { label: "unsure", colour: "--state-unsure", path: "M5 5.5C5 1.7 11 1.7 11 5.5 11 8 8 7.6 8 10.2M8 12.4V13.6" },
};

/** Why a state is `unsure`. */
export const DOUBTS = {
  new: "just come",
  small: "too small",
  blurred: "blurred",
  cut: "cut by the edge",
  contradictory: "contradictory",
};

export const EVENT_KINDS = {
  no_mask: "without a mask",
  incorrect: "worn wrongly",
  share_low: "few masks",
  count_high: "many people",
  camera: "camera",
  disk_low: "disk nearly full",
  model_slow: "model too slow",
};

export const CAMERA_STATES = {
  connecting: "connecting",
  live: "live",
  no_frames: "no frames",
  frozen: "frozen",
  black: "black",
  moved: "moved",
  size_changed: "new size",
  lost: "lost",
  ended: "ended",
};

/** A state's symbol; with a label it is read out, without one it stands beside text. */
export function stateSymbol(state, label = null) {
  const attributes = { viewBox: "0 0 16 16", class: `symbol symbol-${state}` };
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return svg("svg", { ...attributes, ...named }, svg("path", { d: STATES[state].path }));
}

/** Symbol and word, and a number if one is given. */
export function stateBadge(state, number = null) {
  const words = number === null ? STATES[state].label : `${number} ${STATES[state].label}`;
  return h("span", { class: `badge badge-${state}` }, stateSymbol(state), words);
}

const PLAIN_SYMBOLS = {
  camera: "M1.5 5H10V12H1.5ZM10 8 14.5 5.5V11.5L10 9",
  warning: "M8 2 14.8 14H1.2ZM8 6.5V10M8 11.6V12.2",
};

/** The symbol of what an event tells. */
export function eventSymbol(event) {
  if (event.kind === "no_mask" || event.kind === "incorrect") return stateSymbol(event.kind);
  const path = PLAIN_SYMBOLS[event.kind === "camera" ? "camera" : "warning"];
  return svg("svg", { viewBox: "0 0 16 16", class: "symbol symbol-plain", "aria-hidden": "true" }, svg("path", { d: path }));
}

/** What happened, without where and when. */
export function eventWords(event) {
  return event.kind === "camera" ? `camera ${CAMERA_STATES[event.details.state]}` : EVENT_KINDS[event.kind];
}

/** How a camera is: a sign and a word. */
export function cameraBadge(state) {
  const kind = state === "live" ? "good" : state === "connecting" ? "waiting" : "bad";
  const sign = { good: "●", waiting: "◌", bad: "▲" }[kind];
  return h("span", { class: `pill pill-${kind}` }, h("span", { "aria-hidden": "true" }, sign), ` ${CAMERA_STATES[state]}`);
}

let timeZone = "UTC";

/** Times are by the site's clock, wherever the page is looked at. */
export function useTimeZone(name) {
  timeZone = name;
}

export function siteTimeZone() {
  return timeZone;
}

function written(time, options) {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat("sv-SE", { timeZone, ...options }).format(new Date(time));
}

/** `14:03:27` */
export function clockTime(time) {
  return written(time, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** `2026-03-02` */
export function date(time) {
  return written(time, { year: "numeric", month: "2-digit", day: "2-digit" });
}

/** `2026-03-02 14:03:27` */
export function dateTime(time) {
  return `${date(time)} ${clockTime(time)}`;
}

/** `87 %`, or a dash where nothing was counted. */
export function percent(share, digits = 0) {
  return share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)} %`;
}

/** `0.3 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d 2 h` */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const [d, hrs, min, s] = [seconds / 86400, (seconds / 3600) % 24, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  if (d) return `${d} d ${hrs} h`;
  if (hrs) return `${hrs} h ${min} min`;
  return min ? `${min} min ${s} s` : `${s} s`;
}

/** `1.4 GB`; powers of ten, as disks are sold. */
export function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = number < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(number) / 3));
  const value = number / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${units[power]}`;
}

/** `12,345` with thin spaces, so that no reader takes a comma for a point. */
export function count(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/** The page's font, for canvases. */
export function siteFont() {
  return cssVariable("--font");
}

/** The value of a CSS variable, for what is drawn on canvases and charts. */
export function cssVariable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
