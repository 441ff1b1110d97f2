// The API of this site: addresses made from where this file lies, so a root path needs no setting.

const API = new URL("../api/v1/", import.meta.url);
const PAGES = new URL("../", import.meta.url);

let csrfToken = null;

/** What the server said no with; `errors` names fields, as `cameras.0.address`. */
export class ApiError extends Error {
  constructor(status, detail, errors = [], retryAfterS = null) {
    super(detail);
    Object.assign(this, { name: "ApiError", status, errors, retryAfterS });
  }
}

/** The server was not reached at all. */
export class Unreachable extends Error {
  constructor() {
    super("The server does not answer.");
    this.name = "Unreachable";
  }
}

/** The address of a route with its query; what is null, undefined or "" is left out, lists are repeated as they are. */
export function apiUrl(path, query = {}) {
  const url = new URL(path.split("/").map(encodeURIComponent).join("/"), API);
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const each of value) url.searchParams.append(name, each);
    else if (value !== null && value !== undefined && value !== "") url.searchParams.append(name, value);
  }
  return url.href;
}

/** The address of a page: `pageUrl("events", { camera: "entrance" })`. */
export function pageUrl(name, query = {}) {
  const url = new URL(name || "./", PAGES);
  for (const [key, value] of Object.entries(query)) if (value) url.searchParams.set(key, value);
  return url.href;
}

/**
 * Ask the API. Gives the parsed JSON, or the Response itself with `raw`.
 *
 * Throws ApiError when the server says no, Unreachable when it cannot be reached; who is not signed in is taken to
 * the sign-in page, and the promise never settles.
 */
export async function api(path, { method = "GET", query, json, form, signal, raw = false } = {}) {
  const headers = { Accept: "application/json" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && csrfToken !== null) headers["X-CSRF-Token"] = csrfToken;
  const body = json !== undefined ? JSON.stringify(json) : form;
  const answer = await reach(apiUrl(path, query), { method, headers, body, signal, cache: "no-store" });
  if (answer.status === 401 && path !== "session") return goToSignIn();
  if (!answer.ok) throw await problemOf(answer);
  if (raw) return answer;
  return answer.status === 204 ? null : answer.json();
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error instanceof TypeError) throw new Unreachable();
    throw error;
  }
}

async function problemOf(answer) {
  const retryAfterS = Number(answer.headers.get("Retry-After")) || null;
  if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/problem+json")) {
    return new ApiError(answer.status, `The server answered ${answer.status} ${answer.statusText}.`, [], retryAfterS);
  }
  const problem = await answer.json();
  return new ApiError(answer.status, problem.detail, problem.errors, retryAfterS);
}

/** Who one is; the token that changes need is remembered. */
export async function readSession() {
  return remember(await api("session"));
}

export async function signIn(name, password) {
  return remember(await api("session", { method: "POST", json: { name, password } }));
}

export async function signOut() {
  await api("session", { method: "DELETE" });
  csrfToken = null;
}

function remember(session) {
  csrfToken = session.csrf_token;
  return session;
}

/** Leave for the sign-in page, which comes back here; never settles. */
export function goToSignIn() {
  const here = window.location.href.slice(PAGES.href.length);
  window.location.assign(pageUrl("sign-in", { next: here }));
  return new Promise(() => {});
}

/** Where to go after signing in: one of our own pages, whatever the address says. */
export function afterSignIn() {
  const next = new URLSearchParams(window.location.search).get("next") ?? "";
  const url = new URL(next || "./", PAGES);
  return url.href.startsWith(PAGES.href) ? url.href : PAGES.href;
}
