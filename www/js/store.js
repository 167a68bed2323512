/*
 * store: what the page knows. Whoever changes it calls changed(); the page is drawn once a frame at
 * most.
 */

export const store = {
  overview: null,
  hosts: new Map(), // by name
  hostsKnown: false,
  session: null,
  mode: "connecting", // live, polling, connecting, lost, frozen
  lostSince: 0, // of this machine's clock
  skew: 0, // server's clock less ours, ms
  frozenAt: 0, // server time; 0: not frozen
};

let listener = () => {};
let asked = false;

export function onChange(fn) {
  listener = fn;
}

export function changed() {
  if (asked) return;
  asked = true;
  const run = () => {
    asked = false;
    listener();
  };
  if (document.hidden) setTimeout(run, 200);
  else requestAnimationFrame(run);
}

/* Now, by the server's clock; it stands still while the display does. */
export const now = () => store.frozenAt || Date.now() + store.skew;

export function takeOverview(overview) {
  store.overview = overview;
  store.skew = Date.parse(overview.time) - Date.now();
  changed();
}

export function takeHosts(list) {
  store.hosts = new Map(list.items.map((x) => [x.host, x]));
  store.hostsKnown = true;
  changed();
}

export function takeHost(event) {
  if (event.removed) store.hosts.delete(event.host);
  else store.hosts.set(event.host, event.item);
  changed();
}

export const sortedHosts = () =>
  [...store.hosts.values()].sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));

/* Nothing of what it said is so any more. */
export const quiet = (x) => x.state === "silent" || x.state === "stopped";

export const mayAct = () =>
  !(store.overview && store.overview.read_only) && !(store.session && store.session.read_only);
