// Charts by Plotly, which comes from this machine; every chart has its table.

import { h, table } from "./dom.js";
import { cssVariable } from "./format.js";

let loading = null;

/** Plotly, loaded the first time that a chart is drawn. */
export function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = h("script", { src: new URL("plotly.js", import.meta.url).href });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("The charts cannot be loaded; load the page again."));
    document.head.append(script);
  });
  return loading;
}

/** Plotly's layout in the colours of the page as it is now. */
export function themedLayout(layout = {}) {
  const axis = { gridcolor: cssVariable("--line"), zerolinecolor: cssVariable("--line"), automargin: true };
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: cssVariable("--font"), size: 13, color: cssVariable("--ink") },
    margin: { l: 48, r: 16, t: 16, b: 40 },
    ...layout,
    xaxis: { ...axis, ...layout.xaxis },
    yaxis: { ...axis, ...layout.yaxis },
  };
}

/**
 * Draw a chart into a `<figure>`, again on every call and when the colours change, with its table to open below.
 *
 * `traces` is a function of nothing that gives Plotly's traces, so that they take their colours anew; `columns` and
 * `rows` are those of `table`, `caption` says what both show.
 */
export async function drawChart(figure, { caption, traces, layout = {}, columns, rows }) {
  const Plotly = await plotly();
  let plot = figure.querySelector(".plot");
  if (plot === null) {
    plot = h("div", { class: "plot", role: "img" });
    figure.replaceChildren(plot, h("details", { class: "chart-table" }, h("summary", {}, "As a table"), h("div")));
    document.addEventListener("themechange", () => figure.redraw());
  }
  plot.setAttribute("aria-label", `${caption}; the figures are in the table below`);
  figure.querySelector(".chart-table > div").replaceChildren(table(caption, columns, rows));
  const options = { responsive: true, displaylogo: false, displayModeBar: false };
  figure.redraw = () => Plotly.react(plot, traces(), themedLayout(layout), options);
  await figure.redraw();
}
