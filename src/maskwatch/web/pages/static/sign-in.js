// Sign in; after wrong passwords the server asks for pauses, which are counted down here.

import { afterSignIn, ApiError, readSession, signIn, Unreachable } from "./api.js";
import { byId, setText } from "./dom.js";
import { insist, setUpTheme, tell } from "./page.js";

const form = byId("form");
const button = byId("submit");
const fault = byId("fault");

/** Keep the button closed for a pause, and say how long it lasts. */
function pause(seconds) {
  const untilMs = performance.now() + 1000 * seconds;
  const tick = () => {
    const left = Math.ceil((untilMs - performance.now()) / 1000);
    button.disabled = left > 0;
    setText(button, left > 0 ? `Wait ${left} s` : "Sign in");
    if (left > 0) setTimeout(tick, 250);
  };
  tick();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  tell(fault, null);
  button.disabled = true;
  try {
    await signIn(byId("name").value, byId("password").value);
    window.location.replace(afterSignIn());
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
    button.disabled = false;
    tell(fault, error.status === 429 ? new Error("Too many wrong passwords in a row.") : error);
    if (error.retryAfterS) pause(error.retryAfterS);
    byId("password").select();
  }
});

setUpTheme();
// Who is signed in already, or needs not be, has nothing to do here.
if ((await insist(readSession)).name !== null) window.location.replace(afterSignIn());
byId("name").focus();
