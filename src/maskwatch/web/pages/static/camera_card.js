// One camera on the live page: its picture with what is drawn over it, how it is, who is in view, the share today.

import { h, setText } from "./dom.js";
import { drawBoxes, drawLines, drawZones, plate, sharpContext } from "./drawing.js";
import { cameraBadge, count, duration, percent, stateBadge, STATES } from "./format.js";

const OLD_S = 3;

export class CameraCard {
  /** `open` is called with the name when somebody wants the camera large. */
  constructor(camera, open) {
    this.name = camera.name;
    this.canvas = h("canvas", { role: "img", "aria-label": `${camera.name}: no picture yet` });
    this.opener = h("button", { type: "button", class: "picture", onclick: () => open(this.name) }, this.canvas);
    this.state = h("span", { class: "camera-state" });
    this.age = h("span", { class: "small soft age" });
    this.inView = h("p", { class: "in-view", "aria-label": "In view now" });
    this.today = h("div", { class: "today" });
    this.element = h(
      "section",
      { class: "card camera", "aria-label": camera.name },
      h("div", { class: "card-head" }, h("h2", {}, camera.name), this.state, this.age),
      this.opener,
      h("div", { class: "camera-foot" }, this.inView, this.today),
    );
    this.badges = Object.fromEntries(Object.keys(STATES).map((state) => [state, stateBadge(state, 0)]));
    this.inView.append(...Object.values(this.badges));
    this.watching = new ResizeObserver(() => this.draw());
    this.watching.observe(this.canvas);
    this.update(camera);
  }

  /** What `GET cameras` tells. */
  update(camera) {
    this.camera = camera;
    this.today.replaceChildren(...todayOf(camera.today));
    if (camera.live) this.heard(camera.live);
  }

  /** What the watch says twice a second. */
  heard(live) {
    this.live = live;
    this.heardMs = performance.now();
    this.state.replaceChildren(cameraBadge(live.state));
    this.state.title = live.reason;
    for (const [state, badge] of Object.entries(this.badges)) {
      setText(badge.lastChild, `${live.in_view[state]} ${STATES[state].label}`);
      badge.classList.toggle("none", live.in_view[state] === 0);
    }
    if (live.width) this.element.style.setProperty("--ratio", live.width / live.height);
    this.tick();
  }

  /** The age goes on while nothing is heard. */
  tick() {
    if (!this.live) return;
    const ageS = this.live.frame_age_s === null ? null : this.live.frame_age_s + (performance.now() - this.heardMs) / 1000;
    const old = ageS !== null && ageS > OLD_S;
    setText(this.age, ageS === null ? "no frame yet" : `${duration(ageS)} old · ${this.live.frames_per_s.toFixed(1)}/s`);
    this.age.classList.toggle("fault", old);
    if (old !== this.old) {
      this.old = old;
      this.draw();
    }
  }

  /** A judged picture; the JPEG is decoded aside, and one that comes too late is thrown away. */
  async show(picture) {
    const image = picture.jpeg ? await createImageBitmap(jpegBlob(picture.jpeg)) : null;
    if (this.picture && picture.sequence <= this.picture.sequence) return;
    this.image?.close();
    this.picture = picture;
    this.image = image;
    this.canvas.dataset.sequence = picture.sequence;
    this.canvas.setAttribute("aria-label", `${this.name}: ${told(picture.boxes)}`);
    this.draw();
  }

  draw() {
    const context = sharpContext(this.canvas);
    const size = { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
    context.clearRect(0, 0, size.width, size.height);
    if (this.image) context.drawImage(this.image, 0, 0, size.width, size.height);
    drawZones(context, this.camera.zones, size);
    drawLines(context, this.camera.lines, size);
    if (this.picture) drawBoxes(context, this.picture.boxes, size, { names: size.width > 300 });
    this.drawTrouble(context, size);
  }

  drawTrouble(context, size) {
    const state = this.live?.state;
    const words =
      state && state !== "live" ? (this.live.reason ? `${state}: ${this.live.reason}` : state.replace("_", " "))
      : this.old ? "this picture is old"
      : this.picture && !this.picture.jpeg ? "pictures are not shown on this site"
      : null;
    if (words === null) return;
    if (this.old || state !== "live") {
      context.fillStyle = "rgb(8 10 14 / 55%)";
      context.fillRect(0, 0, size.width, size.height);
    }
    plate(context, words, 10, size.height / 2 - 10, size);
  }
}

function jpegBlob(base64) {
  return new Blob([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))], { type: "image/jpeg" });
}

/** `2 mask, 1 no mask` */
export function told(boxes) {
  const parts = Object.entries(STATES).map(([state, { label }]) => {
    const number = boxes.filter((box) => box.state === state).length;
    return number ? `${number} ${label}` : null;
  });
  return parts.filter(Boolean).join(", ") || "nobody in view";
}

/** The share today with its interval, and a bar of all passages by state. */
function todayOf(today) {
  const passages = Object.values(today.passages).reduce((sum, each) => sum + each, 0);
  if (!passages) return [h("p", { class: "soft small" }, "No passages yet today")];
  const interval = today.low === null ? "" : ` (${percent(today.low)} to ${percent(today.high)})`;
  const words = h(
    "p",
    { class: "small" },
    h("strong", {}, percent(today.share)),
    h("span", { class: "soft" }, `${interval} with a mask today, ${count(passages)} passages`),
  );
  return [words, stateBar(today.passages)];
}

/** Passages by state side by side; read out as a list of numbers. */
export function stateBar(passages) {
  const label = Object.entries(passages).map(([state, number]) => `${number} ${STATES[state].label}`).join(", ");
  const bar = h("div", { class: "state-bar", role: "img", "aria-label": label, title: label });
  for (const [state, number] of Object.entries(passages).filter(([, each]) => each)) {
    const part = h("span", { class: `bar-${state}` });
    part.style.setProperty("flex-grow", number);
    bar.append(part);
  }
  return bar;
}
