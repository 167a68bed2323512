/* document: all that is known about one document: its tries, its pages, its text. */
import { h } from "../dom.js";
import { S } from "../strings.js";
import { count, duration, exactly, size } from "../format.js";
import { here, href } from "../router.js";
import { stateMark } from "../marks.js";
import {
  button,
  empty,
  figure,
  head,
  note,
  pathText,
  problem,
  section,
  tierBar,
  tierLegend,
} from "../bits.js";
import { changed, mayAct, now } from "../store.js";
import { PAGES, pageTable, reader } from "./document_pages.js";
import * as api from "../api.js";
import * as actions from "../actions.js";

const when = (t) => exactly(t, new Date(now()));

function facts(d, r) {
  return h(
    "dl",
    { class: "figures" },
    figure(S.document.size, size(d.size)),
    d.pages !== null && figure(S.document.pages, count(d.pages)),
    d.dropped && figure(S.document.dropped, when(d.dropped)),
    figure(S.document.changed, when(d.changed)),
    d.host && figure(S.document.host, h("a", { href: href("hosts", { host: d.host }) }, d.host)),
    d.took_ms !== null && figure(S.document.took, duration(d.took_ms)),
    d.state === "waiting" &&
      figure(S.document.due, d.need === "ocr" ? S.document.ocrTurn : when(d.due)),
    r && r.ocr_languages && figure(S.document.languages, r.ocr_languages),
    r &&
      r.version &&
      figure(
        S.document.version,
        r.version,
        S.document.sandbox(S.hosts.cage[r.sandbox] || r.sandbox),
      ),
  );
}

function attempts(d) {
  if (d.attempts.length === 0) return empty(S.document.noAttempts);
  return h(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-label": S.document.attempts },
    h(
      "table",
      { class: "rows attempts" },
      h("caption", { class: "unseen" }, S.document.attempts),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          S.document.attemptHead.map((t, i) =>
            h("th", { scope: "col", class: i === 0 || i === 4 ? "num" : null }, t),
          ),
        ),
      ),
      h(
        "tbody",
        null,
        d.attempts.map((a, i) =>
          h(
            "tr",
            { key: i },
            h(
              "th",
              { scope: "row", class: "num", "data-label": S.document.attemptHead[0] },
              count(a.attempt),
            ),
            h(
              "td",
              { "data-label": S.document.attemptHead[1] },
              h("b", null, S.outcome[a.outcome] || S.class[a.outcome] || a.outcome),
              !a.spent && h("small", { class: "soft" }, " " + S.document.unspent),
              a.message && h("small", { class: "reason" }, h("bdi", null, a.message)),
            ),
            h("td", { "data-label": S.document.attemptHead[2] }, a.host || S.unknown),
            h("td", { "data-label": S.document.attemptHead[3] }, when(a.ended)),
            h(
              "td",
              { class: "num", "data-label": S.document.attemptHead[4] },
              a.began && a.ended ? duration(Date.parse(a.ended) - Date.parse(a.began)) : S.unknown,
            ),
          ),
        ),
      ),
    ),
  );
}

function metadata(r) {
  const list = Object.entries((r && r.metadata) || {});
  return (
    list.length > 0 &&
    section(
      S.document.metadata,
      {},
      h(
        "dl",
        { class: "meta" },
        list.map(([k, v]) => [
          h("dt", { key: "k" + k }, h("bdi", null, k)),
          h("dd", { key: "v" + k }, h("bdi", null, v)),
        ]),
      ),
    )
  );
}

/* It becomes another document, under the same path: there is nothing more to be seen here. */
async function retry(d) {
  if (await actions.retry({ ids: [d.id] })) location.hash = href("documents", { prefix: d.path });
}

function tools(d) {
  return [
    d.has_record &&
      h(
        "a",
        {
          class: "button",
          href: api.url(`/documents/${encodeURIComponent(d.id)}/record`),
          key: "record",
        },
        S.document.record,
      ),
    mayAct() &&
      d.can_cancel &&
      button(S.action.cancel, () => actions.cancel({ ids: [d.id] }), {
        key: "cancel",
        mark: "failed",
      }),
    mayAct() &&
      d.can_retry &&
      button(S.action.retry, () => retry(d), {
        key: "retry",
        mark: "again",
        class: "primary",
      }),
  ];
}

export function documentPage(route) {
  const id = route.id;
  const path = "/documents/" + encodeURIComponent(id);
  const state = {
    id,
    doc: null,
    record: null,
    text: null,
    error: null,
    textError: null,
    recordError: null,
    loadingRecord: false,
    view: "text",
  };
  const at = () => Math.max(1, Math.floor(Number(here().params.get("page"))) || 1);
  let shown = 0;

  async function read(key, errorKey, fn) {
    try {
      state[key] = await fn();
      state[errorKey] = null;
    } catch (e) {
      state[errorKey] = e;
    }
    changed();
  }
  state.window = (first) => {
    state.loadingRecord = true;
    return read("record", "recordError", () =>
      api.get(path + "/record", { first, count: PAGES }),
    ).finally(() => {
      state.loadingRecord = false;
    });
  };
  state.again = () => {
    const page = at();
    shown = page;
    state.text = null;
    read("text", "textError", () => api.get(path + "/text", { page, limit: 65536 }));
  };
  state.more = async () => {
    const before = state.text;
    await read("text", "textError", async () => {
      const piece = await api.get(path + "/text", {
        page: at(),
        offset: before.next_offset,
        limit: 65536,
      });
      return { ...piece, text: before.text + piece.text };
    });
  };
  state.look = (view) => {
    state.view = view;
    changed();
  };
  state.imageFailed = () => {
    state.view = "text";
    state.textError = { message: S.document.noImage };
    changed();
  };
  async function load() {
    await read("doc", "error", () => api.get(path));
    if (!state.doc) return;
    if (state.doc.id !== id) location.replace(href("document", {}, state.doc.id));
    if (state.doc.has_record) state.window(Math.floor((at() - 1) / PAGES) * PAGES + 1);
    if (state.doc.has_text) state.again();
  }
  return {
    topics: ["documents"],
    title: () =>
      state.doc ? state.doc.path.slice(state.doc.path.lastIndexOf("/") + 1) : S.page.document,
    load,
    moved() {
      if (state.doc && state.doc.has_text && at() !== shown) state.again();
      const r = state.record;
      if (
        r &&
        r.pages &&
        (at() < r.first || at() >= r.first + r.pages.length) &&
        at() <= r.page_count
      )
        state.window(Math.floor((at() - 1) / PAGES) * PAGES + 1);
    },
    event: (type, data) =>
      type === "documents" &&
      (data.items.some((r) => r.id === id) || data.removed.includes(id)) &&
      load(),
    view() {
      const d = state.doc;
      if (!d)
        return [head(S.page.document), state.error ? problem(state.error, load) : empty(S.loading)];
      const r = state.record;
      return [
        h("p", { class: "crumbs" }, h("a", { href: "#/documents" }, S.page.documents)),
        head(pathText(d.path), tools(d)),
        h(
          "div",
          {
            class:
              "verdict v-" +
              (d.outcome === "partial" || d.outcome === "empty" ? "waiting" : d.state),
          },
          stateMark(d.state),
          d.outcome && d.outcome !== "failed" && h("b", null, S.outcome[d.outcome]),
          d.class && h("b", null, S.class[d.class]),
          d.progress &&
            d.progress.pages > 0 &&
            h("progress", {
              max: d.progress.pages,
              value: d.progress.page,
              "aria-label": S.hosts.page(d.progress.page, d.progress.pages),
            }),
          h(
            "span",
            { class: "grow" },
            h(
              "bdi",
              null,
              d.message || (d.class ? S.classMeaning[d.class] : S.stateMeaning[d.state]),
            ),
          ),
        ),
        facts(d, r),
        h(
          "p",
          { class: "soft place" },
          S.document.place,
          " ",
          h("bdi", null, d.place),
          r && r.sha256 && [" · SHA-256 ", h("code", null, r.sha256.slice(0, 16) + "…")],
          " · ",
          h("a", { href: href("journal", { document: d.id }) }, S.document.inJournal),
        ),
        r && r.opened_with_empty_password && note(S.document.emptyPassword),
        r && r.repaired && note(S.document.repaired),
        section(S.document.attempts, {}, attempts(d)),
        (d.tiers || d.has_record) &&
          section(
            S.document.pagesBy,
            {},
            d.tiers && [tierBar(d.tiers), tierLegend(d.tiers)],
            h(
              "div",
              { class: d.has_text ? "split" : null },
              h("div", { key: "pages" }, problem(state.recordError, load), pageTable(state, at())),
              d.has_text && h("div", { key: "text" }, reader(state, at(), d.pages || 0)),
            ),
          ),
        metadata(r),
      ];
    },
  };
}
