// Live data over one connection that is made again whenever it breaks, however long the server is away.

import { apiUrl, goToSignIn, readSession, Unreachable, ApiError } from "./api.js";
import { announce, banner } from "./page.js";

// While somebody looks, the watch says how it is twice a second.
const SILENT_MS = 6000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 8000;
const HIDDEN_MS = 30000;

/**
 * Listen until `close()`.
 *
 * `hear` has functions by kind of news: `watch`, `picture`, `event`, `settings`, each called with the parsed data;
 * `back` is called when the connection stands again after it broke, to read again what may have been missed.
 * A page that nobody has looked at for half a minute hangs up, so that the watch need not encode for it.
 */
export class LiveStream {
  constructor(hear, { cameras = null, pictures = true } = {}) {
    this.hear = hear;
    this.cameras = cameras;
    this.pictures = pictures;
    this.pauseMs = FIRST_PAUSE_MS;
    this.broken = false;
    this.checking = setInterval(() => this.check(), 1000);
    this.onVisibility = () => this.visibilityChanged();
    document.addEventListener("visibilitychange", this.onVisibility);
    this.open();
  }

  /** Whose pictures come; null is everybody's, an empty list nobody's, so that the watch encodes none. */
  show(cameras) {
    if (JSON.stringify(cameras) === JSON.stringify(this.cameras)) return;
    this.cameras = cameras;
    this.open();
  }

  close() {
    clearInterval(this.checking);
    clearTimeout(this.retrying);
    clearTimeout(this.leaving);
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.source?.close();
    this.source = null;
  }

  open() {
    clearTimeout(this.retrying);
    this.source?.close();
    this.heardMs = performance.now();
    const camera = this.cameras?.length === 0 ? [""] : this.cameras;
    const source = new EventSource(apiUrl("live", { camera, pictures: this.pictures }));
    this.source = source;
    for (const kind of ["watch", "picture", "event", "settings"]) {
      source.addEventListener(kind, (message) => this.take(kind, message));
    }
    source.onerror = () => this.breaks(source);
  }

  take(kind, message) {
    this.heardMs = performance.now();
    if (this.broken) this.mended();
    this.hear[kind]?.(JSON.parse(message.data));
  }

  check() {
    if (this.source && performance.now() - this.heardMs > SILENT_MS) this.breaks(this.source);
  }

  breaks(source) {
    if (source !== this.source) return;
    this.source.close();
    this.source = null;
    if (!this.broken) banner("The connection to the server is lost; what is shown is old. Trying again.");
    this.broken = true;
    this.retrying = setTimeout(() => this.tryAgain(), this.pauseMs);
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.pauseMs);
  }

  async tryAgain() {
    // EventSource does not tell why it failed: whoever is signed out has to be found out.
    try {
      if ((await readSession()).name === null) await goToSignIn();
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof ApiError)) throw error;
    }
    if (this.source === null) this.open();
  }

  mended() {
    this.broken = false;
    this.pauseMs = FIRST_PAUSE_MS;
    banner(null);
    announce("The connection is back.");
    this.hear.back?.();
  }

  visibilityChanged() {
    clearTimeout(this.leaving);
    if (document.hidden) {
      this.leaving = setTimeout(() => {
        this.source?.close();
        this.source = null;
        this.left = true;
      }, HIDDEN_MS);
    } else if (this.left) {
      this.left = false;
      this.open();
      this.hear.back?.();
    }
  }
}
