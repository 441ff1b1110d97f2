// What is asked on the page of trends: fields that stand in the page's address, so that a view can be kept and sent.

import { byId, h } from "./dom.js";
import { periodDays, PERIODS } from "./trends_data.js";

const FIELDS = ["period", "from", "until", "by", "camera", "zone", "apart"];

/** Fill the choices, take what the address says, and call `changed` whenever somebody asks something else. */
export class Question {
  constructor(cameras, today, changed) {
    this.cameras = cameras;
    this.today = today;
    const choices = Object.entries(PERIODS).map(([value, { label }]) => h("option", { value }, label));
    byId("period").append(...choices);
    const names = cameras.map(({ name }) => h("option", { value: name }, name));
    byId("camera").append(h("option", { value: "" }, "all cameras"), ...names);
    this.takeAddress();
    byId("question").addEventListener("submit", (event) => event.preventDefault());
    byId("question").addEventListener("change", (event) => {
      this.tidy(event.target.id);
      changed();
    });
  }

  /** `{ period, from, until, by, camera, zone, apart }`; days both included. */
  get value() {
    const of = (id) => byId(id).value || null;
    return Object.fromEntries(FIELDS.map((id) => [id, of(id)]));
  }

  takeAddress() {
    const asked = new URLSearchParams(window.location.search);
    byId("period").value = asked.get("period") in PERIODS ? asked.get("period") : "week";
    this.choosePeriod();
    for (const id of FIELDS) if (asked.has(id)) byId(id).value = asked.get(id);
    this.chooseZones(asked.get("zone"));
  }

  tidy(id) {
    if (id === "period") this.choosePeriod();
    if (id === "camera") this.chooseZones(byId("zone").value);
    const told = byId("period").value === "own" ? FIELDS : FIELDS.filter((each) => !["from", "until"].includes(each));
    const chosen = told.filter((each) => byId(each).value);
    const query = new URLSearchParams(chosen.map((each) => [each, byId(each).value]));
    window.history.replaceState(null, "", `?${query}`);
  }

  choosePeriod() {
    const name = byId("period").value;
    for (const field of document.querySelectorAll(".own-period")) field.hidden = name !== "own";
    const { from, until } = periodDays(name === "own" ? "week" : name, this.today);
    if (name !== "own" || !byId("from").value) {
      byId("from").value = from;
      byId("until").value = until;
    }
    if (name !== "own") byId("by").value = PERIODS[name].by;
  }

  chooseZones(wanted) {
    const camera = byId("camera").value;
    const of = this.cameras.filter(({ name }) => camera === "" || name === camera);
    const names = [...new Set(of.flatMap(({ zones }) => zones.map(({ name }) => name)))].sort();
    const options = names.map((value) => h("option", { value }, value));
    byId("zone").replaceChildren(h("option", { value: "" }, "all zones"), ...options);
    byId("zone").value = names.includes(wanted) ? wanted : "";
  }
}
