/*
 * shell: what stands above every page: where one can go, whether the picture is fresh, and who we
 * are.
 */
import { draw, h } from "./dom.js";
import { S } from "./strings.js";
import { count, duration, exactly } from "./format.js";
import { here, href } from "./router.js";
import { icon } from "./marks.js";
import { button } from "./bits.js";
import { changed, mayAct, now, store } from "./store.js";
import { freeze } from "./live.js";
import { signIn, signOut } from "./session.js";
import { resume } from "./actions.js";

const PAGES = ["overview", "hosts", "documents", "failed", "journal", "settings", "help"];
const THEMES = { "": "light", light: "dark", dark: "" };

const theme = () => document.documentElement.dataset.theme || "";

function nextTheme() {
  const next = THEMES[theme()];
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  try {
    if (next) localStorage.setItem("theme", next);
    else localStorage.removeItem("theme");
  } catch {
    /* storage is forbidden: it holds until the page is loaded again */
  }
  changed();
}

function brand() {
  return h(
    "a",
    { class: "brand", href: "#/overview", "aria-label": S.brand.home },
    h(
      "svg",
      { viewBox: "0 0 32 32", class: "logo", "aria-hidden": "true" },
      h("rect", { width: 32, height: 32, rx: 7, class: "logo-back" }),
      h("path", { d: "M8 9h16M8 14.5h16M8 20h9", class: "logo-lines" }),
      h("circle", { cx: 22.5, cy: 22, r: 3.4, class: "logo-dot" }),
    ),
    h("span", { class: "wide-only" }, S.brand.name),
  );
}

function link(name, at) {
  const failed = store.overview ? store.overview.documents.failed : 0;
  const current = at === name || (at === "document" && name === "documents");
  return h(
    "li",
    { key: name },
    h(
      "a",
      { href: href(name), "aria-current": current ? "page" : null },
      S.page[name],
      name === "failed" && failed > 0 && h("span", { class: "badge" }, count(failed)),
    ),
  );
}

function freshness() {
  const mode = store.mode;
  const at = store.frozenAt
    ? new Date(store.frozenAt)
    : store.overview
      ? new Date(store.overview.time)
      : null;
  return h(
    "span",
    { class: "fresh m-" + mode, title: at ? S.live.asOf(exactly(at)) : "" },
    h("span", { class: "dot", "aria-hidden": "true" }),
    S.live[mode],
    store.frozenAt ? h("span", { class: "wide-only" }, " " + exactly(at)) : "",
  );
}

function who() {
  if (store.overview && !mayAct()) return h("span", { class: "tag" }, S.session.readOnly);
  if (store.session && store.session.role === "operate")
    return button(S.session.signOut, signOut, { class: "quiet" });
  return button(S.session.signIn, signIn, { class: "quiet" });
}

/* What everybody has to know, whatever page they look at. */
function banners() {
  const o = store.overview;
  const list = [];
  if (store.mode === "lost")
    list.push(["error", S.banner.lost(exactly(new Date(store.lostSince)))]);
  if (o && !o.share.answering)
    list.push([
      "error",
      S.banner.share(
        exactly(o.share.since, new Date(now())),
        duration(now() - Date.parse(o.share.since)),
      ),
    ]);
  if (o && o.paused)
    list.push(["paused", S.banner.paused, mayAct() && button(S.action.resumeNow, resume)]);
  return list.map(([mark, text, tool]) =>
    h(
      "div",
      {
        key: text.slice(0, 12),
        class: "banner b-" + mark,
        role: mark === "error" ? "alert" : null,
      },
      icon(mark),
      h("p", null, text),
      tool,
    ),
  );
}

export function drawShell() {
  const at = here().name;
  draw(
    document.getElementById("top"),
    h(
      "div",
      { class: "bar-top" },
      brand(),
      h(
        "nav",
        { "aria-label": S.brand.pages },
        h(
          "ul",
          null,
          PAGES.map((p) => link(p, at)),
        ),
      ),
      h(
        "div",
        { class: "tools" },
        freshness(),
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            "aria-pressed": store.frozenAt ? "true" : "false",
            title: S.live.freezeWhy,
            on: { click: () => freeze(!store.frozenAt) },
          },
          icon(store.frozenAt ? "play" : "paused"),
          h("span", { class: "wide-only" }, store.frozenAt ? S.live.thaw : S.live.freeze),
        ),
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            "aria-label": S.theme.label(S.theme[theme() || "system"]),
            title: S.theme.label(S.theme[theme() || "system"]),
            on: { click: nextTheme },
          },
          icon("theme"),
        ),
        who(),
      ),
    ),
    banners(),
  );
}

export function drawTitle(page) {
  const failed = store.overview ? store.overview.documents.failed : 0;
  const title = (failed ? `(${count(failed)}) ` : "") + page + " · " + S.brand.name;
  if (document.title !== title) document.title = title;
}
