// Two periods beside each other, and whether their difference may be chance.

import { api, ApiError } from "./api.js";
import { byId, setText } from "./dom.js";
import { percent, siteTimeZone, STATES } from "./format.js";
import { tell } from "./page.js";
import { TrendCard } from "./trends_card.js";
import { markLayout, markTraces } from "./trends_charts.js";
import { csv, daysBefore, differenceSentence, judged } from "./trends_data.js";
import { stretch } from "./zoned.js";

const PARTS = ["first", "second"];
const STATE_NAMES = Object.keys(STATES);
const COLUMNS = [
  { title: "period" },
  ...STATE_NAMES.map((state) => ({ title: STATES[state].label, numeric: true })),
  { title: "share", numeric: true },
  { title: "95 % interval", numeric: true },
];

export class Comparison {
  constructor(section) {
    this.card = new TrendCard(section);
    this.asked = 0;
    byId("comparison").addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
  }

  /** Compare the days of a question with as many just before. */
  follow(question) {
    this.question = question;
    const days = { first: daysBefore(question), second: question };
    for (const part of PARTS) {
      byId(`${part}-from`).value = days[part].from;
      byId(`${part}-until`).value = days[part].until;
    }
    return this.ask();
  }

  async ask() {
    const days = PARTS.map((part) => ({ from: byId(`${part}-from`).value, until: byId(`${part}-until`).value }));
    const asked = ++this.asked;
    try {
      const compared = await api("summary/compare", { query: this.query(days) });
      if (asked !== this.asked) return;
      tell(byId("comparison-fault"), null);
      await this.show(compared, days.map(({ from, until }) => (from === until ? from : `${from} to ${until}`)));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      tell(byId("comparison-fault"), error);
    }
  }

  query([first, second]) {
    const [one, two] = [first, second].map(({ from, until }) => stretch(from, until, siteTimeZone()));
    const times = { first_start: one.start, first_end: one.end, second_start: two.start, second_end: two.end };
    return { ...times, camera: this.question.camera, zone: this.question.zone };
  }

  async show(compared, names) {
    setText(byId("difference"), differenceSentence(compared));
    const both = PARTS.map((part, i) => ({ ...compared[part], label: part, days: names[i] }));
    if (both.every((each) => each.share === null)) return this.card.empty("Nobody could be judged in either period.");
    await this.card.show({
      file: "maskwatch-comparison",
      csv: csv(["period", ...STATE_NAMES, "share", "low", "high"], both.map(csvRow)),
      caption: `Share wearing a mask, first ${names[0]}, second ${names[1]}`,
      traces: () => markTraces(both),
      layout: markLayout(2),
      columns: COLUMNS,
      rows: both.map(row),
    });
  }
}

function csvRow(each) {
  const counts = STATE_NAMES.map((state) => each.passages[state]);
  return [`${each.label}: ${each.days}`, ...counts, each.share, each.low, each.high];
}

function row(each) {
  const interval = judged(each) ? `${percent(each.low, 1)} – ${percent(each.high, 1)}` : "–";
  const counts = STATE_NAMES.map((state) => String(each.passages[state]));
  return [`${each.label}: ${each.days}`, ...counts, percent(each.share, 1), interval];
}
