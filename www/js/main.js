/* main: start, and from then on: whatever happens, draw the page that is asked for. */
import { draw, h } from "./dom.js";
import { S } from "./strings.js";
import { here } from "./router.js";
import { onChange, changed, store, takeHosts, takeOverview } from "./store.js";
import * as api from "./api.js";
import * as live from "./live.js";
import * as dropzone from "./dropzone.js";
import { drawShell, drawTitle } from "./shell.js";
import { loadSession } from "./session.js";
import { takeAction } from "./actions.js";
import { speak } from "./speak.js";
import { overview } from "./pages/overview.js";
import { hosts } from "./pages/hosts.js";
import { documents } from "./pages/documents.js";
import { failed } from "./pages/failed.js";
import { documentPage } from "./pages/document.js";
import { journal } from "./pages/journal.js";
import { settings } from "./pages/settings.js";
import { help } from "./pages/help.js";

/*
 * A page is made by a function, and has: title(), view() and, where it needs them, topics (events
 * beside overview and action), load() (fetch what it shows; again after a reset), moved(params)
 * (its filters have changed), event(type, data), close().
 */
const PAGES = {
  overview,
  hosts,
  documents,
  failed,
  document: documentPage,
  journal,
  settings,
  help,
};
const TICK_MS = 5000;
let page = null;
let at = "";

function open() {
  const route = here();
  const name = PAGES[route.name] ? route.name : "overview";
  const key = name + "/" + route.id;
  if (key !== at) {
    if (page && page.close) page.close();
    const first = at === "";
    at = key;
    page = PAGES[name](route);
    live.want(page.topics || []);
    if (page.load) page.load();
    if (!first) arrive();
  } else if (page.moved) {
    page.moved(route.params);
  }
  changed();
}

/* A new page begins at its top, and with its title for those who hear it. */
function arrive() {
  scrollTo(0, 0);
  render();
  const title = document.getElementById("title");
  if (title) title.focus({ preventScroll: true });
}

function render() {
  drawShell();
  drawTitle(page.title());
  draw(
    document.getElementById("main"),
    h("div", { key: at, class: "page at-" + here().name }, page.view()),
  );
  speak();
}

async function first() {
  try {
    takeOverview(await api.get("/overview"));
  } catch {
    /* live says what is wrong, and goes on trying */
  }
}

function again() {
  if (page && page.load) page.load();
  if (store.hostsKnown) api.get("/hosts").then(takeHosts, () => {});
}

document.documentElement.dataset.drop = S.upload.here;
document.getElementById("skip").textContent = S.brand.skip;
document.getElementById("skip").addEventListener("click", (e) => {
  e.preventDefault();
  document.getElementById("main").focus();
});
addEventListener("hashchange", open);
onChange(render);
open();
first();
loadSession();
dropzone.start();
live.start({
  event(type, data) {
    if (type === "action") takeAction(data);
    else if (page.event) page.event(type, data);
  },
  again,
});
setInterval(() => {
  if (!store.frozenAt && !document.hidden) changed();
}, TICK_MS);
