// Events as lines of a list.

import { h } from "./dom.js";
import { clockTime, duration, eventSymbol, eventWords } from "./format.js";

/** `entrance / desk` */
export function place(event) {
  return [event.camera, event.zone].filter(Boolean).join(" / ") || "this machine";
}

/** `2.7 s`, or that it lasts. */
export function lasted(event) {
  if (event.ended === null) return "lasting";
  return event.duration_s ? duration(event.duration_s) : "";
}

/** The newest events, each once: one that ends takes the place of itself. */
export class RecentEvents {
  constructor(list, empty, most) {
    Object.assign(this, { list, empty, most, items: new Map() });
  }

  /** Events, newest first, in place of all there are. */
  reset(events) {
    this.items.clear();
    this.list.replaceChildren();
    for (const event of [...events].reverse()) this.put(event);
    this.empty.hidden = this.items.size > 0;
  }

  put(event) {
    const item = recentItem(event);
    const before = this.items.get(event.id);
    if (before) before.replaceWith(item);
    else this.list.prepend(item);
    this.items.set(event.id, item);
    this.empty.hidden = true;
    while (this.list.children.length > this.most) this.drop(this.list.lastElementChild);
  }

  drop(item) {
    item.remove();
    this.items.delete(item.dataset.event);
  }
}

function recentItem(event) {
  return h(
    "li",
    { "data-event": event.id, class: event.ended === null ? "lasting" : null },
    eventSymbol(event),
    h("span", { class: "event-words" }, eventWords(event)),
    h("time", { datetime: event.began, class: "soft" }, clockTime(event.began)),
    h("span", { class: "soft event-place" }, place(event)),
    h("span", { class: "soft event-lasted" }, lasted(event)),
  );
}
