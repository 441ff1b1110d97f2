// Charts of the trends: Plotly's traces, made anew whenever the colours change. Groups differ by colour, mark and dash.

import { cssVariable, STATES } from "./format.js";
import { escaped, judged, shareSeries } from "./trends_data.js";
import { wallClock } from "./zoned.js";

// Okabe and Ito's, without yellow, which is faint on white, and black, which is lost on dark.
const GROUP_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"];
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "x", "cross", "star", "triangle-down"];
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash"];
const PATTERN = { fillmode: "overlay", size: 7, solidity: 0.2 };
const PATTERNS = { mask: "", no_mask: "/", incorrect: "x", unsure: "." };
export const SHARE_AXIS = { range: [-3, 103], ticksuffix: " %", fixedrange: true };
const COUNT_AXIS = { rangemode: "tozero", fixedrange: true, tickformat: ",d" };

/** One curve a group; whiskers are the 95 % interval. */
export function shareTraces(told, by) {
  return told.map(([name, lines], i) => {
    const { x, y, up, down, judged: number } = shareSeries(lines, by);
    const colour = told.length === 1 ? cssVariable("--state-mask") : GROUP_COLOURS[i % GROUP_COLOURS.length];
    return {
      type: "scatter",
      mode: "lines+markers",
      name: name === null ? "all" : escaped(name),
      x,
      y,
      customdata: number,
      connectgaps: false,
      error_y: { type: "data", symmetric: false, array: up, arrayminus: down, thickness: 1, width: 2, color: colour },
      marker: { color: colour, symbol: SYMBOLS[i % SYMBOLS.length], size: 7 },
      line: { color: colour, dash: DASHES[i % DASHES.length], width: 1.5 },
      hovertemplate: "%{x|%a %d %b %H:%M}: %{y:.0f} % of %{customdata}<extra>%{fullData.name}</extra>",
    };
  });
}

/** Bars by state, one upon the other. */
export function countTraces(lines, by) {
  return Object.entries(STATES).map(([state, { label, colour }]) => ({
    type: "bar",
    name: label,
    x: lines.map((line) => wallClock(line.begins)),
    y: lines.map((line) => line.passages[state]),
    width: (by === "hour" ? 1 : 24) * 3600000 * 0.86,
    offset: (by === "hour" ? 1 : 24) * 3600000 * 0.07,
    marker: {
      color: cssVariable(colour),
      pattern: { ...PATTERN, shape: PATTERNS[state], fgcolor: cssVariable("--surface") },
    },
    hovertemplate: `%{x|%a %d %b %H:%M}: %{y} ${label}<extra></extra>`,
  }));
}

export const legendAbove = { legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, showlegend: true };

export const countLayout = {
  barmode: "stack",
  yaxis: COUNT_AXIS,
  ...legendAbove,
  margin: { t: 40, r: 16, b: 40, l: 48 },
};

/** A mark and its interval for each, the first on top; each has `label` beside what was counted. */
export function markTraces(labelled) {
  const shown = labelled.filter((each) => each.share !== null).reverse();
  return [
    {
      type: "scatter",
      mode: "markers",
      x: shown.map((each) => 100 * each.share),
      y: shown.map((each) => escaped(each.label)),
      customdata: shown.map(judged),
      error_x: {
        type: "data",
        symmetric: false,
        array: shown.map((each) => 100 * (each.high - each.share)),
        arrayminus: shown.map((each) => 100 * (each.share - each.low)),
        thickness: 2,
        width: 5,
        color: cssVariable("--state-mask"),
      },
      marker: { color: cssVariable("--state-mask"), size: 10 },
      hovertemplate: "%{y}: %{x:.0f} % of %{customdata}<extra></extra>",
    },
  ];
}

/** Room for so many marks. */
export function markLayout(number) {
  return {
    height: 110 + 34 * number,
    xaxis: SHARE_AXIS,
    yaxis: { type: "category", fixedrange: true, range: [-0.6, number - 0.4] },
    margin: { l: 60, r: 16, t: 8, b: 40 },
  };
}
