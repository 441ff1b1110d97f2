// One event on the events page: what, where, when, its picture, and what somebody made of it.

import { api, ApiError, apiUrl, Unreachable } from "./api.js";
import { h, setText } from "./dom.js";
import { lasted, place } from "./event_items.js";
import { clockTime, dateTime, eventSymbol, eventWords, percent } from "./format.js";
import { announce } from "./page.js";

// What `details` of an event hold that its words do not say already.
const DETAILS = {
  rule: (value) => `rule “${value}”`,
  reason: (value) => value,
  count: (value) => `${value} people`,
  share: (value) => `${percent(value)} with a mask`,
  passages: (value) => `${value} passages`,
  held_back: (value) => `${value} more held back`,
  before: (value) => `was ${value.join(" × ")}`,
  after: (value) => `is ${value.join(" × ")}`,
  free_mb: (value) => `${value} MB free`,
  judged: (value) => `${value} frames judged`,
  passed_over: (value) => `${value} passed over`,
};

export class EventArticle {
  /** `options`: whether marks may be set, whether the camera keeps cases, and what shows the picture large. */
  constructor(event, { canMark, collects, enlarge }) {
    Object.assign(this, { event, canMark, collects, enlarge });
    this.told = h("p", { class: "small soft mark-told", role: "status" });
    this.element = h("article", { class: "event", tabindex: "0", "data-event": event.id });
    this.fill();
  }

  fill() {
    const { event } = this;
    this.element.setAttribute("aria-label", `${eventWords(event)}, ${place(event)}, ${dateTime(event.began)}`);
    this.element.classList.toggle("lasting", event.ended === null);
    this.element.replaceChildren(
      h("div", { class: "event-symbol" }, eventSymbol(event)),
      h(
        "div",
        { class: "event-main" },
        h("p", { class: "event-what" }, h("strong", {}, eventWords(event)), ` ${place(event)}`),
        h("p", { class: "small soft" }, notes(event)),
        this.told,
      ),
      h(
        "p",
        { class: "event-when" },
        h("time", { datetime: event.began, title: dateTime(event.began) }, clockTime(event.began)),
        h("span", { class: event.ended === null ? "pill" : "soft small" }, lasted(event)),
      ),
      this.picture() ?? "",
      this.marks(),
    );
  }

  picture() {
    if (!this.event.has_picture) return null;
    const src = apiUrl(`events/${this.event.id}/picture`);
    const words = `${eventWords(this.event)}, ${place(this.event)}, ${dateTime(this.event.began)}`;
    const image = h("img", { src, alt: words, loading: "lazy", width: 160, height: 90 });
    return h("button", { type: "button", class: "event-picture", onclick: () => this.enlarge(src, words) }, image);
  }

  marks() {
    const { mark } = this.event;
    if (!this.canMark) return h("p", { class: "marks soft small" }, mark ? `marked ${mark}` : "");
    const button = (value, words, title) => {
      const onclick = () => this.mark(mark === value ? null : value);
      return h("button", { type: "button", title, "aria-pressed": String(mark === value), onclick }, words);
    };
    const keeps = this.collects
      ? "The watch was wrong: its picture is kept for retraining"
      : "The watch was wrong; this camera keeps no pictures for retraining";
    const group = { class: "marks", role: "group", "aria-label": "Mark" };
    return h("div", group, button("seen", "Seen", "Somebody has looked at it"), button("wrong", "Wrong", keeps));
  }

  /** Tell the server; the page shows what it has taken. */
  async mark(mark) {
    const focused = document.activeElement?.textContent;
    try {
      const told = await api(`events/${this.event.id}/mark`, { method: "PUT", json: { mark } });
      this.event = { ...this.event, mark: told.mark };
      this.fill();
      for (const each of this.element.querySelectorAll(".marks button")) if (each.textContent === focused) each.focus();
      this.say(whatBecame(told), false);
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
      this.say(error.message, true);
    }
  }

  say(words, bad) {
    setText(this.told, words);
    this.told.classList.toggle("fault", bad);
    announce(words || "The mark is taken back.");
  }
}

function whatBecame({ mark, kept_for_training: kept, why_not: whyNot }) {
  if (mark !== "wrong") return "";
  return kept ? "The picture is kept for retraining." : `Not kept for retraining. ${whyNot}`;
}

function notes(event) {
  const details = Object.entries(DETAILS).filter(([name]) => name in event.details);
  return [
    event.track === null ? null : `passage ${event.track}`,
    event.score === null ? null : `score ${percent(event.score)}`,
    ...details.map(([name, words]) => words(event.details[name])),
  ].filter(Boolean).join(" · ");
}
