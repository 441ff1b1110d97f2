// From the API's summaries to what charts and tables show. Nothing here knows of the page.

import { addDays, daysBetween, wallClock } from "./zoned.js";

export const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
export const NO_ZONE = "outside all zones";

/** Periods to choose from: how many days back from today, and by what they are counted. */
export const PERIODS = {
  today: { label: "today", days: 1, by: "hour" },
  week: { label: "last 7 days", days: 7, by: "day" },
  month: { label: "last 30 days", days: 30, by: "day" },
  year: { label: "last 365 days", days: 365, by: "day" },
  own: { label: "own dates", days: null, by: null },
};

/** Days of a period that ends today. */
export function periodDays(name, today) {
  return { from: addDays(today, 1 - PERIODS[name].days), until: today };
}

/** As many days, just before. */
export function daysBefore({ from, until }) {
  return { from: addDays(from, -daysBetween(from, until) - 1), until: addDays(from, -1) };
}

/** Passages that could be judged. */
export function judged({ passages }) {
  return passages.mask + passages.no_mask + passages.incorrect;
}

/** All passages, with those that could not be judged. */
export function total(wearing) {
  return judged(wearing) + wearing.passages.unsure;
}

/** What a line is of, where something is told apart: `entrance`, `desk`; null where nothing is. */
export function groupOf(line, apart) {
  if (apart === "camera") return line.camera;
  return apart === "zone" ? (line.zone ?? NO_ZONE) : null;
}

/** Lines by what is told apart, in the order of their names. */
export function groups(lines, apart) {
  const found = new Map();
  for (const line of lines) {
    const name = groupOf(line, apart);
    found.set(name, [...(found.get(name) ?? []), line]);
  }
  return [...found].sort(([a], [b]) => String(a).localeCompare(String(b)));
}

/**
 * Lines in their order with null between two that are not neighbours, so that no curve runs over hours or days in
 * which nobody came.
 */
export function withGaps(lines, by) {
  const longestMs = (by === "hour" ? 1 : 25) * 3600000;
  const kept = lines.filter((line) => line.share !== null);
  return kept.flatMap((line, i) => {
    const apart = i > 0 && Date.parse(line.begins) - Date.parse(kept[i - 1].begins) > longestMs;
    return apart ? [null, line] : [line];
  });
}

/** x, shares and how far their intervals reach up and down, in percent; null where a curve is to break. */
export function shareSeries(lines, by) {
  const points = withGaps(lines, by);
  const of = (value) => points.map((line) => (line === null ? null : value(line)));
  return {
    x: of((line) => wallClock(line.begins)),
    y: of((line) => 100 * line.share),
    up: of((line) => 100 * (line.high - line.share)),
    down: of((line) => 100 * (line.share - line.low)),
    judged: of(judged),
  };
}

/** Seven rows of 24 hours, Monday first; null where nothing was counted. */
export function weekGrid(lines) {
  const grid = WEEKDAYS.map(() => Array.from({ length: 24 }, () => null));
  for (const line of lines) grid[line.weekday][line.hour] = line;
  return grid;
}

/** The name of a place: a camera, with its zone if it has one. */
export function placeName({ camera, zone }) {
  return zone === null ? `${camera}, ${NO_ZONE}` : `${camera}, ${zone}`;
}

/** The difference of two shares in a sentence that says whether it may be chance. */
export function differenceSentence({ first, second, difference, low, high }) {
  if (difference === null) {
    const empty = [first.share === null ? "first" : null, second.share === null ? "second" : null].filter(Boolean);
    return `Nobody was judged in the ${empty.join(" nor in the ")} period, so there is nothing to compare.`;
  }
  const points = (value) => `${value >= 0 ? "+" : "−"}${Math.abs(100 * value).toFixed(1)}`;
  const interval = `95 % interval ${points(low)} to ${points(high)}`;
  if (low <= 0 && high >= 0) return `${points(difference)} points (${interval}): this may be chance.`;
  return `${points(difference)} points (${interval}): ${difference > 0 ? "more" : "fewer"} wear a mask than before.`;
}

/** Text of a CSV file; cells are numbers and words of ours, never names that others gave. */
export function csv(header, rows) {
  const text = (value) => (value === null ? "" : String(value));
  const cell = (value) => (/[",\n]/.test(text(value)) ? `"${text(value).replaceAll('"', '""')}"` : text(value));
  return [header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** Plotly reads some HTML in texts; names are only names. */
export function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
