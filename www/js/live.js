/*
 * live: how news come: by server-sent events; where these fail, by asking every two seconds. A
 * hidden tab holds no stream (a browser has six connections to a server, for all its tabs) and asks
 * twice a minute, for the number in its title.
 */
import * as api from "./api.js";
import { store, changed, takeOverview, takeHost, takeHosts, now } from "./store.js";

const POLL_MS = 2000;
const PAGE_POLL_MS = 5000;
const HIDDEN_MS = 30000;
const QUIET_MS = 15000; // no event for so long: ask whether anybody is there
const TRY_STREAM_MS = 60000;
const MISSES = 3;
const ASK_MS = 500; // after a break: a server that is only busy is soon back

const ALWAYS = ["overview", "action"];
let stream = null;
let topics = [];
let misses = 0;
let timer = 0;
let heard = 0;
let streamTried = 0;
let pagePolled = 0;
let hooks = { event() {}, again() {} };
const seen = {};

/* hooks: event(type, data) for the page; again(): fetch anew what you show. */
export function start(with_) {
  hooks = with_;
  document.addEventListener("visibilitychange", restart);
  restart();
}

/* The page shows other things now. */
export function want(list) {
  const next = [...new Set([...ALWAYS, ...list])].sort();
  if (next.join() === topics.join()) return;
  topics = next;
  if (stream) openStream();
}

export function freeze(on) {
  store.frozenAt = on ? now() : 0;
  if (on) {
    shut();
    setMode("frozen");
  } else {
    setMode("connecting");
    hooks.again();
    restart();
  }
}

function setMode(mode) {
  if (mode === "lost" && store.mode !== "lost") store.lostSince = Date.now();
  store.mode = mode;
  changed();
}

function shut() {
  if (stream) stream.close();
  stream = null;
  clearTimeout(timer);
}

function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(tick, ms);
}

function restart() {
  shut();
  if (store.frozenAt) return;
  if (document.hidden) later(HIDDEN_MS);
  else {
    if (store.overview && heard && Date.now() - heard > QUIET_MS) hooks.again();
    openStream();
  }
}

/*
 * What happened between the page's first fetch and the opening of a new stream is told by neither:
 * it is fetched once more. (When the browser itself opens a stream again, spoold repeats what was
 * missed.)
 */
function openStream() {
  shut();
  streamTried = heard = Date.now();
  let isNew = true;
  stream = new EventSource(api.url("/events", { topics }));
  stream.onopen = () => {
    misses = 0;
    heard = Date.now();
    setMode("live");
    if (isNew) hooks.again();
    isNew = false;
  };
  stream.onerror = missed;
  for (const type of [...topics, "reset"]) stream.addEventListener(type, (e) => take(type, e.data));
  later(QUIET_MS);
}

/* The browser tries again by itself, unless the answer was an error. */
function missed() {
  misses++;
  if (stream && (stream.readyState === EventSource.CLOSED || misses >= MISSES)) {
    stream.close();
    stream = null;
    later(0);
  } else {
    if (store.mode === "live") setMode("connecting");
    heard = 0; // is anybody there?
    later(ASK_MS);
  }
}

function take(type, text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    return;
  }
  heard = Date.now();
  if (store.frozenAt) return;
  if (type === "overview") takeOverview(data);
  else if (type === "host") takeHost(data);
  if (type === "reset") hooks.again();
  else hooks.event(type, data);
}

async function look() {
  const overview = await api.getChanged("/overview", seen);
  if (overview && !store.frozenAt) takeOverview(overview);
  if (topics.includes("host")) takeHosts(await api.get("/hosts"));
}

/* Without a stream: ask. With one that is quiet: make sure. */
async function tick() {
  const hidden = document.hidden;
  if (stream && Date.now() - heard < QUIET_MS) return later(QUIET_MS);
  if (!stream && !hidden && Date.now() - streamTried > TRY_STREAM_MS) {
    misses = MISSES - 1; // one error is enough
    return openStream();
  }
  try {
    await look();
    heard = Date.now();
    if (!stream && !hidden && store.mode === "lost") return openStream();
    if (!store.frozenAt && !stream) setMode("polling");
    if (!stream && !hidden && Date.now() - pagePolled > PAGE_POLL_MS) {
      pagePolled = Date.now();
      hooks.again();
    }
  } catch (e) {
    if (!store.frozenAt) setMode("lost");
  }
  if (!store.frozenAt) later(hidden ? HIDDEN_MS : stream ? QUIET_MS : POLL_MS);
}
