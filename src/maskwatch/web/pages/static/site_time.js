// Between a time as people type it, by the site's clock, and a moment.

import { siteTimeZone } from "./format.js";

/** How far the site's clock is ahead of UTC at a moment, in milliseconds. */
function offsetMs(moment) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: siteTimeZone(), hourCycle: "h23",
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(moment);
  const { year, month, day, hour, minute, second } = Object.fromEntries(parts.map((part) => [part.type, Number(part.value)]));
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
}

/** `2026-03-02T14:03` by the site's clock to an ISO time in UTC; null for what is no time. An hour that happens twice
 * is taken the first time. */
export function fromSiteTime(text) {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return null;
  const early = asUtc - offsetMs(asUtc - 86400000);
  const moment = early + offsetMs(early) === asUtc ? early : asUtc - offsetMs(asUtc + 86400000);
  return new Date(moment).toISOString();
}

/** The inverse: an ISO time to `2026-03-02T14:03`, for fields. */
export function toSiteTime(iso) {
  const moment = Date.parse(iso);
  return new Date(moment + offsetMs(moment)).toISOString().slice(0, 16);
}
