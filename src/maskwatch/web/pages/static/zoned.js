// Days by the site's clock, wherever the page is looked at. A day is `2026-03-02`, an instant is in ISO 8601.

const HOUR_MS = 3600000;

/** The day of an instant by a clock. */
export function dayOf(instant, timeZone) {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(new Date(instant));
}

/** So many days later, or earlier. */
export function addDays(day, number) {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + number);
  return date.toISOString().slice(0, 10);
}

/** How many days lie between, the second less the first. */
export function daysBetween(first, second) {
  return Math.round((Date.parse(`${second}T12:00:00Z`) - Date.parse(`${first}T12:00:00Z`)) / (24 * HOUR_MS));
}

/** The instant at which a day begins by a clock; where midnight is skipped, the first moment there is. */
export function beginOf(day, timeZone) {
  const middayMs = Date.parse(`${day}T12:00:00Z`);
  // Clocks differ from UTC by less than 15 hours and by quarters of an hour, and so do their changes.
  for (let ms = middayMs - 27 * HOUR_MS; ms < middayMs + 15 * HOUR_MS; ms += HOUR_MS / 4) {
    if (dayOf(ms, timeZone) === day) return new Date(ms).toISOString();
  }
  throw new Error(`there is no ${day} by the clock of ${timeZone}`);
}

/** Days, the last one included, as the half-open stretch of time that the API counts. */
export function stretch(from, until, timeZone) {
  return { start: beginOf(from, timeZone), end: beginOf(addDays(until, 1), timeZone) };
}

/** What the wall clock showed: `2026-03-02T13:00:00` of `2026-03-02T13:00:00+01:00`. */
export function wallClock(instant) {
  return instant.slice(0, 19);
}
