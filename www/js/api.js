/* api: requests to spoold, and what can go wrong with them. docs/openapi.yaml is the contract. */
import { S } from "./strings.js";

const BASE = "/api/v1";
const TIMEOUT_MS = 12000;
const UPLOAD_MS = 6 * 3600 * 1000;

/* What spoold answered (RFC 9457), or that it did not answer (status 0). */
export class Problem extends Error {
  constructor(status, body) {
    super((body && (body.detail || body.title)) || S.problem.status(status));
    this.status = status;
    this.code = (body && body.code) || (status === 0 ? "no-answer" : "unknown");
    this.count = body && body.count;
  }
}

/* Parameters without a value are left out; lists are parted by commas. */
export function query(params) {
  const parts = [];
  for (const [k, v] of Object.entries(params || {})) {
    const value = Array.isArray(v)
      ? v.map(encodeURIComponent).join(",")
      : v === null || v === undefined
        ? ""
        : encodeURIComponent(v);
    if (value !== "") parts.push(encodeURIComponent(k) + "=" + value);
  }
  return parts.length ? "?" + parts.join("&") : "";
}

export const url = (path, params) => BASE + path + query(params);

async function problemOf(response) {
  try {
    return new Problem(response.status, await response.json());
  } catch {
    return new Problem(response.status, null);
  }
}

async function ask(path, options) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), options.timeout || TIMEOUT_MS);
  if (options.signal) options.signal.addEventListener("abort", () => stop.abort());
  try {
    const response = await fetch(path, { cache: "no-store", ...options, signal: stop.signal });
    if (response.status === 304 || response.ok) return response;
    throw await problemOf(response);
  } catch (e) {
    if (e instanceof Problem) throw e;
    if (options.signal && options.signal.aborted)
      throw new Problem(0, { code: "given-up", title: "" });
    throw new Problem(0, { code: "no-answer", title: S.problem.noAnswer });
  } finally {
    clearTimeout(timer);
  }
}

export async function get(path, params, signal) {
  const response = await ask(url(path, params), { signal });
  return response.json();
}

/*
 * As get; null when nothing has changed since the last call with this `seen` (an object of the
 * caller's).
 */
export async function getChanged(path, seen) {
  const headers = seen.etag ? { "If-None-Match": seen.etag } : {};
  const response = await ask(url(path), { headers });
  if (response.status === 304) return null;
  seen.etag = response.headers.get("ETag");
  return response.json();
}

async function send(method, path, body) {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await ask(url(path), options);
  return response.status === 204 ? null : response.json();
}

export const post = (path, body) => send("POST", path, body);
export const remove = (path) => send("DELETE", path);

/*
 * A file's bytes; sent(n) is told how many of them are under way so far. It may take as long as it
 * takes. (fetch does not tell of what it sends.)
 */
export function upload(file, path, sent) {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest();
    const lost = () => reject(new Problem(0, { code: "no-answer", title: S.problem.noAnswer }));
    x.open("POST", url("/uploads", { path }));
    x.setRequestHeader("Content-Type", "application/octet-stream");
    x.timeout = UPLOAD_MS;
    x.upload.addEventListener("progress", (e) => sent(e.loaded));
    x.addEventListener("load", () => {
      let body = null;
      try {
        body = JSON.parse(x.responseText);
      } catch {
        body = null; /* whatever stands between us and spoold has answered */
      }
      if (x.status === 201 && body) resolve(body);
      else reject(new Problem(x.status, body));
    });
    for (const end of ["error", "timeout", "abort"]) x.addEventListener(end, lost);
    x.send(file);
  });
}
