// Every camera as it is now.

import { api } from "./api.js";
import { byId, h, setText } from "./dom.js";
import { CAMERA_STATES, stateBadge, STATES } from "./format.js";
import { insist, startPage } from "./page.js";
import { LiveStream } from "./stream.js";

await startPage();
const cards = new Map();

function card(name) {
  const picture = h("img", { alt: `Newest picture of ${name}` });
  const state = h("span", { class: "soft" });
  const inView = h("p", { class: "card-body" });
  byId("cameras").append(
    h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, name), state), picture, inView),
  );
  return { picture, state, inView };
}

for (const camera of await insist(() => api("cameras"))) cards.set(camera.name, card(camera.name));

new LiveStream({
  picture: ({ camera, jpeg }) => {
    if (jpeg && cards.has(camera)) cards.get(camera).picture.src = `data:image/jpeg;base64,${jpeg}`;
  },
  watch: ({ cameras }) => {
    for (const camera of cameras.filter((each) => cards.has(each.name))) {
      const { state, inView } = cards.get(camera.name);
      setText(state, CAMERA_STATES[camera.state]);
      inView.replaceChildren(...Object.keys(STATES).map((each) => stateBadge(each, camera.in_view[each])));
    }
  },
});
