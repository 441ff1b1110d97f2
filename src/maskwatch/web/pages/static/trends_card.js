// A chart on its card: what it shows, its table, and both to take away.

import { drawChart, plotly } from "./charts.js";
import { h } from "./dom.js";
import { cssVariable } from "./format.js";
import { escaped } from "./trends_data.js";

const PNG = { format: "png", width: 1200, height: 640, scale: 1.5 };

export class TrendCard {
  constructor(section) {
    this.place = section.querySelector(".chart-place") ?? section.querySelector(".card-body");
    this.csv = h("a", { class: "button", role: "button" }, "CSV");
    this.png = h("button", { type: "button", onclick: () => this.downloadPicture() }, "PNG");
    this.downloads = h("div", { class: "end downloads", hidden: true }, this.csv, this.png);
    section.querySelector(".card-head").append(this.downloads);
  }

  /**
   * Show a chart. `drawn` is what `drawChart` takes; `file` names the downloads and `csv` is the address of the CSV
   * file or, where the server makes none, its text.
   */
  async show({ file, csv, ...drawn }) {
    this.drawn = drawn;
    this.file = file;
    let figure = this.place.querySelector("figure");
    if (figure === null) {
      figure = h("figure", {});
      this.place.replaceChildren(figure);
    }
    this.offer(csv, file, drawn.caption);
    await drawChart(figure, drawn);
  }

  /** Say why there is no chart. */
  empty(text) {
    this.downloads.hidden = true;
    this.place.replaceChildren(h("p", { class: "empty" }, text));
  }

  offer(csv, file, caption) {
    if (this.text) URL.revokeObjectURL(this.text);
    this.text = csv.startsWith("http") ? null : URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
    this.csv.href = this.text ?? csv;
    this.csv.download = `${file}.csv`;
    this.csv.setAttribute("aria-label", `${caption}: download as CSV`);
    this.png.setAttribute("aria-label", `${caption}: download as PNG`);
    this.downloads.hidden = false;
  }

  async downloadPicture() {
    const Plotly = await plotly();
    const plot = this.place.querySelector(".plot");
    const { height, width, ...layout } = plot.layout;
    const margin = { ...layout.margin, t: 90 };
    const title = { text: escaped(this.drawn.caption), x: 0.02, font: { size: 18 } };
    const picture = { data: plot.data, layout: { ...layout, title, margin, paper_bgcolor: cssVariable("--surface") } };
    await Plotly.downloadImage(picture, { ...PNG, filename: this.file });
  }
}
