/* journal: what happened, latest first, as it happens. */
import { h } from "../dom.js";
import { S } from "../strings.js";
import { count, duration, exactly, size } from "../format.js";
import { here } from "../router.js";
import { icon } from "../marks.js";
import { button, docLink, empty, head, problem } from "../bits.js";
import { chips, clear, select, textField } from "../filters.js";
import { changed, now, sortedHosts, store, takeHosts } from "../store.js";
import * as api from "../api.js";

const FILTERS = ["event", "host", "prefix", "text", "document"];
const KINDS = ["done", "failed", "retry", "ocr_later", "put_back"];
const MARKS = {
  done: "done",
  failed: "failed",
  retry: "again",
  ocr_later: "waiting",
  put_back: "again",
};
const KEPT = 1000;

const drawn = new WeakMap();

/* A line never changes once it is written. */
function line(e) {
  if (!drawn.has(e)) drawn.set(e, draw(e));
  return drawn.get(e);
}

function draw(e) {
  return h(
    "tr",
    { key: e.seq, class: "e-" + e.event },
    h(
      "td",
      { class: "when", "data-label": S.journal.time },
      h("time", { datetime: e.time, title: e.time }, exactly(e.time, new Date(now()))),
    ),
    h(
      "td",
      { class: "state-col", "data-label": S.journal.event },
      h(
        "span",
        {
          class:
            "state s-" + (MARKS[e.event] === "again" ? "waiting" : MARKS[e.event] || "pending"),
        },
        icon(MARKS[e.event] || "info"),
        h("span", null, S.event[e.event] || e.event),
      ),
    ),
    h(
      "th",
      { scope: "row", class: "file", "data-label": S.documents.document },
      docLink(e),
      h(
        "small",
        { class: e.event === "failed" ? "reason" : "soft" },
        e.outcome !== "ok" &&
          h("b", null, (S.outcome[e.outcome] || S.class[e.outcome] || e.outcome) + " "),
        e.message && h("bdi", null, e.message),
      ),
    ),
    h("td", { class: "num", "data-label": S.documents.pages }, e.pages ? count(e.pages) : ""),
    h("td", { class: "num", "data-label": S.documents.size }, size(e.size)),
    h("td", { class: "num", "data-label": S.journal.took }, duration(e.ms)),
    h("td", { class: "host-col", "data-label": S.documents.host }, e.host),
  );
}

export function journal() {
  const state = { items: [], next: null, error: null, loading: true };
  const params = () => Object.fromEntries(FILTERS.map((f) => [f, here().params.get(f)]));
  const plain = () => !FILTERS.some((f) => here().params.get(f));
  let last = location.hash;
  let timer = 0;

  async function read(before) {
    try {
      const page = await api.get("/journal", { ...params(), before });
      state.items = before ? state.items.concat(page.items) : page.items;
      state.next = page.next;
      state.error = null;
    } catch (e) {
      state.error = e;
    }
    state.loading = false;
    changed();
  }
  function take(data) {
    if (!plain() || data.more > 0) {
      clearTimeout(timer);
      timer = setTimeout(() => read(null), 1500);
      return;
    }
    const newest = state.items.length ? state.items[0].seq : 0;
    state.items = data.items
      .filter((e) => e.seq > newest)
      .concat(state.items)
      .slice(0, KEPT);
    changed();
  }
  return {
    topics: ["journal"],
    title: () => S.page.journal,
    load() {
      read(null);
      if (!store.hostsKnown) api.get("/hosts").then(takeHosts, () => {});
    },
    moved() {
      if (location.hash === last) return;
      last = location.hash;
      read(null);
    },
    event: (type, data) => type === "journal" && take(data),
    close: () => clearTimeout(timer),
    view() {
      const hosts = sortedHosts().map((x) => [x.host, x.host]);
      return [
        head(S.page.journal),
        h(
          "div",
          { class: "filters", role: "search", "aria-label": S.documents.filters },
          chips(
            "event",
            S.journal.event,
            KINDS.map((k) => [k, S.event[k]]),
          ),
          h(
            "div",
            { class: "fields" },
            textField("prefix", S.documents.prefix, S.documents.prefixHint),
            textField("text", S.documents.text, S.documents.textHint),
            select("host", S.documents.host, hosts, S.any),
            clear(FILTERS),
          ),
        ),
        problem(state.error, () => read(null)),
        state.items.length === 0
          ? empty(state.loading ? S.loading : S.journal.nothing)
          : h(
              "div",
              { class: "scroll", role: "region", tabindex: "0", "aria-label": S.page.journal },
              h(
                "table",
                { class: "rows journal" },
                h("caption", { class: "unseen" }, S.page.journal),
                h(
                  "thead",
                  null,
                  h(
                    "tr",
                    null,
                    [
                      [S.journal.time],
                      [S.journal.event],
                      [S.documents.document],
                      [S.documents.pages, "num"],
                      [S.documents.size, "num"],
                      [S.journal.took, "num"],
                      [S.documents.host],
                    ].map(([t, c]) => h("th", { scope: "col", class: c }, t)),
                  ),
                ),
                h("tbody", null, state.items.map(line)),
              ),
            ),
        state.next &&
          h(
            "p",
            { class: "more" },
            button(S.documents.more, () => read(state.next)),
          ),
      ];
    },
  };
}
