// The hours of the week as squares; what they say stands in them, so that nobody has to read colours.

import { percent } from "./format.js";
import { judged, total, WEEKDAYS } from "./trends_data.js";

// Cividis (Nunez, Anderton and Renslow 2018): told apart by who sees few colours, and in grey.
const SCALE = ["#00204d", "#31446b", "#666970", "#958f78", "#cbba69", "#ffea46"];
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour));

/** What a square shows: a share in percent, or how many; null where there is none. */
function valueOf(line, what) {
  if (line === null) return null;
  if (what === "counts") return total(line);
  return line.share === null ? null : 100 * line.share;
}

/** Seven rows of 24 hours, or where there is little room 24 rows of seven days. `what` is `share` or `counts`. */
export function weekTraces(grid, what, narrow) {
  const days = narrow ? WEEKDAYS.map((day) => day.slice(0, 2)) : WEEKDAYS;
  const squares = grid.flatMap((row, day) => row.map((line, hour) => ({ line, day: days[day], hour: HOURS[hour] })));
  const values = squares.map(({ line }) => valueOf(line, what));
  const top = what === "share" ? 100 : Math.max(1, ...values);
  const x = squares.map(({ day, hour }) => (narrow ? day : hour));
  const y = squares.map(({ day, hour }) => (narrow ? hour : day));
  return [
    {
      type: "heatmap",
      x,
      y,
      z: values,
      zmin: 0,
      zmax: top,
      text: squares.map(({ line, day, hour }) => (line === null ? "" : `${day} ${hour}:00: ${weekWords(line)}`)),
      hovertemplate: "%{text}<extra></extra>",
      hoverongaps: false,
      colorscale: SCALE.map((colour, i) => [i / (SCALE.length - 1), colour]),
      showscale: !narrow,
      colorbar: { ticksuffix: what === "share" ? " %" : "", thickness: 10, outlinewidth: 0 },
      xgap: 2,
      ygap: 2,
    },
    {
      type: "scatter",
      mode: "text",
      x,
      y,
      text: values.map((value) => (value === null ? "" : value.toFixed(0))),
      textfont: { size: 12, color: values.map((value) => inkOn(colourAt((value ?? 0) / top))) },
      hoverinfo: "skip",
      showlegend: false,
    },
  ];
}

/** The layout for them. */
export function weekLayout(narrow) {
  const hours = { type: "category", categoryarray: HOURS, fixedrange: true, showgrid: false, dtick: 1, tickangle: 0 };
  const days = { type: "category", fixedrange: true, showgrid: false };
  const title = { text: "hour", standoff: 6 };
  if (narrow) {
    const margin = { l: 44, r: 6, t: 30, b: 8 };
    return { height: 640, xaxis: { ...days, side: "top" }, yaxis: { ...hours, autorange: "reversed", title }, margin };
  }
  const margin = { l: 80, r: 10, t: 10, b: 44 };
  return { xaxis: { ...hours, title }, yaxis: { ...days, autorange: "reversed" }, margin };
}

function weekWords(line) {
  return `${percent(line.share)} of ${judged(line)} judged, ${total(line)} passages`;
}

/** Red, green and blue, 0..255, at a share of the scale; in between in a straight line, as Plotly has it. */
function colourAt(share) {
  const place = share * (SCALE.length - 1);
  const low = Math.min(Math.floor(place), SCALE.length - 2);
  const parts = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const [from, to] = [parts(SCALE[low]), parts(SCALE[low + 1])];
  return from.map((value, i) => value + (place - low) * (to[i] - value));
}

/** Black or white, whichever is read better (relative luminance of WCAG 2). */
function inkOn(colour) {
  const linear = colour.map((value) => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return luminance > 0.179 ? "#000000" : "#ffffff";
}
