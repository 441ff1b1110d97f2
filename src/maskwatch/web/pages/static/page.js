// What every page does: who is here, what they may see, colours, banner, announcements.

import { api, ApiError, goToSignIn, pageUrl, readSession, signOut, Unreachable } from "./api.js";
import { byId, h, setText } from "./dom.js";
import { useTimeZone } from "./format.js";

const THEMES = ["auto", "light", "dark"];
const RETRY_MS = 2000;

/**
 * Start a page: resolves with `{ session, about, can }` once one is signed in.
 *
 * `can("operate")` says whether one has a right; elements with `data-scope="operate"` are hidden from all others.
 */
export async function startPage() {
  setUpTheme();
  byId("sign-out").addEventListener("click", leave);
  const session = await insist(readSession);
  if (session.name === null) return goToSignIn();
  const can = (scope) => session.scopes.includes(scope);
  for (const element of document.querySelectorAll("[data-scope]")) element.hidden = !can(element.dataset.scope);
  showWho(session);
  const about = await insist(() => api("about"));
  useTimeZone(about.time_zone);
  return { session, about, can };
}

/** Ask again until there is an answer, with a banner meanwhile. */
export async function insist(ask) {
  for (;;) {
    try {
      const answer = await ask();
      banner(null);
      return answer;
    } catch (error) {
      if (!(error instanceof Unreachable || (error instanceof ApiError && error.status >= 500))) throw error;
      banner(`${error.message} Trying again.`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** A line over the page that stays until it is taken away with null. */
export function banner(text, kind = "warning") {
  const element = byId("banner");
  element.hidden = text === null;
  element.className = `banner banner-${kind}`;
  setText(element, text ?? "");
}

/** Say something to screen readers, without moving anything. */
export function announce(text) {
  setText(byId("announcer"), text);
}

/** Tell what went wrong in an element, `role="alert"`; null takes it away. */
export function tell(element, error) {
  element.hidden = error === null;
  setText(element, error === null ? "" : error.message);
}

function showWho(session) {
  const who = byId("who");
  const local = session.name === "local";
  who.replaceChildren(h("span", { class: "who-name" }, local ? "this machine" : session.name));
  who.append(h("span", { class: "who-role" }, local ? "no users yet" : session.role));
  who.title = local ? "Until there are users, whoever sits at this machine may do everything." : "";
  who.hidden = false;
  byId("sign-out").hidden = local;
}

async function leave() {
  await signOut();
  window.location.assign(pageUrl("sign-in"));
}

export function setUpTheme() {
  const button = byId("theme");
  const show = () => {
    const theme = document.documentElement.dataset.theme ?? "auto";
    setText(button, { auto: "◐ Auto", light: "○ Light", dark: "● Dark" }[theme]);
    button.setAttribute("aria-label", `Colours: ${theme}. Change`);
  };
  button.addEventListener("click", () => {
    const now = THEMES.indexOf(document.documentElement.dataset.theme ?? "auto");
    const next = THEMES[(now + 1) % THEMES.length];
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    window.localStorage.setItem("maskwatch-theme", next);
    show();
    document.dispatchEvent(new Event("themechange"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new Event("themechange"));
  });
  show();
}
