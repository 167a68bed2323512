/*
 * failed: what failed and why, in groups of one cause; and the documents themselves, with the error
 * in the row.
 */
import { h } from "../dom.js";
import { S } from "../strings.js";
import { count, moment } from "../format.js";
import { here, setParams } from "../router.js";
import { bar, button, docLink, empty, head, pathText, problem, section } from "../bits.js";
import { clear, select, textField } from "../filters.js";
import { chooserOf, table } from "../table.js";
import { listing } from "../listing.js";
import { chosenTools, COLUMNS, moreButton, options, sortOf } from "./documents.js";
import { changed, mayAct, now, sortedHosts, store, takeHosts } from "../store.js";
import * as api from "../api.js";
import * as actions from "../actions.js";

const FILTERS = ["class", "host", "prefix", "text", "group"];
const AGAIN_MS = 4000;
const HIDDEN = new Set(["state", "tiers"]);

function span(g) {
  const day = new Date(now());
  if (!g.last) return S.unknown;
  return g.first && g.first !== g.last
    ? S.failed.between(moment(g.first, day), moment(g.last, day))
    : moment(g.last, day);
}

const hostsOf = (g) =>
  g.hosts
    .slice(0, 3)
    .map((x) => `${x.host} ${count(x.count)}`)
    .join(", ") + (g.hosts.length > 3 ? " …" : "");

function groupRow(g, most, chosen) {
  const on = chosen === g.id;
  const first = g.sample[0];
  return h(
    "li",
    { key: g.id, class: "group" + (on ? " on" : "") },
    h(
      "div",
      { class: "what" },
      h(
        "p",
        { class: "message" },
        h("b", { class: "class" }, S.class[g.class] || g.class),
        h("bdi", null, g.message || S.classMeaning[g.class]),
      ),
      h(
        "p",
        { class: "soft small" },
        g.stage && S.failed.stage(S.stage[g.stage] || g.stage) + " · ",
        span(g),
        g.hosts.length > 0 && " · " + hostsOf(g),
        first && [
          " · " + S.failed.such,
          " ",
          h("a", { href: "#/document/" + encodeURIComponent(first.id) }, pathText(first.path)),
        ],
      ),
    ),
    h("div", { class: "many" }, h("b", null, count(g.count)), bar(g.count, most, "", "failed")),
    h(
      "div",
      { class: "do" },
      button(
        on ? S.failed.showAll : S.failed.showThese,
        () => setParams({ group: on ? "" : g.id }),
        {
          "aria-pressed": on ? "true" : "false",
          "aria-label": (on ? S.failed.showAll : S.failed.showThese) + ": " + g.message,
        },
      ),
      mayAct() &&
        button(S.action.retryGroup, () => actions.retry({ group: g.id }), {
          mark: "again",
          "aria-label": S.action.retryGroupOf(g.count, g.message),
        }),
    ),
  );
}

const retryCell = {
  key: "retry",
  label: S.failed.again,
  cls: "do-col",
  cell: (d) =>
    button(S.action.retry, () => actions.retry({ ids: [d.id] }), {
      mark: "again",
      class: "small",
      "aria-label": S.action.retryOf(d.path),
    }),
};

const failedCell = (d) => [
  docLink(d),
  h(
    "small",
    { class: "reason" },
    h("b", null, S.class[d.class] || d.class),
    h("bdi", null, d.message || S.classMeaning[d.class] || ""),
  ),
];

const columns = COLUMNS.filter((c) => !HIDDEN.has(c.key)).map((c) =>
  c.key === "path" ? { ...c, cell: failedCell } : c,
);
columns.splice(1, 0, {
  key: "attempt",
  label: S.failed.attempts,
  cls: "num",
  cell: (d) => count(d.attempt),
});
const columnsToRetry = [...columns, retryCell];

export function failed() {
  const ids = new Set();
  const state = { groups: null, error: null };
  const params = () => ({
    ...Object.fromEntries(FILTERS.map((f) => [f, here().params.get(f)])),
    state: "failed",
    sort: sortOf(here().params, "-changed"),
  });
  const list = listing(params);
  const chosen = chooserOf(ids, () => list.state.rows, changed);
  let last = location.hash;
  let timer = 0;

  async function loadGroups() {
    clearTimeout(timer);
    timer = 0;
    const p = here().params;
    try {
      state.groups = await api.get("/failures", {
        class: p.get("class"),
        host: p.get("host"),
        prefix: p.get("prefix"),
      });
      state.error = null;
    } catch (e) {
      state.error = e;
    }
    changed();
  }
  function all() {
    const p = params();
    const filter = {};
    for (const [k, v] of Object.entries(p))
      if (v && k !== "sort" && k !== "state")
        filter[k] = k === "class" || k === "host" ? v.split(",") : v;
    return actions.retry(
      Object.keys(filter).length ? { filter: { state: ["failed"], ...filter } } : { all: true },
    );
  }
  function groups() {
    const g = state.groups;
    if (!g) return empty(S.loading);
    if (g.groups.length === 0) return empty(S.failed.none);
    return h(
      "ul",
      { class: "groups" },
      g.groups.map((x) => groupRow(x, g.groups[0].count, here().params.get("group"))),
      g.other > 0 && h("li", { key: "other", class: "soft" }, S.failed.other(g.other)),
    );
  }
  return {
    topics: ["documents"],
    title: () => S.page.failed,
    load() {
      list.load();
      loadGroups();
      if (!store.hostsKnown) api.get("/hosts").then(takeHosts, () => {});
    },
    moved() {
      if (location.hash === last) return;
      last = location.hash;
      list.fresh();
      loadGroups();
    },
    event(type, data) {
      if (type !== "documents") return;
      list.take(data);
      if (!timer) timer = setTimeout(loadGroups, AGAIN_MS);
    },
    close() {
      clearTimeout(timer);
      list.close();
    },
    view() {
      const s = list.state;
      const hosts = sortedHosts().map((x) => [x.host, x.host]);
      const narrowed = FILTERS.some((f) => here().params.get(f));
      return [
        head(
          S.page.failed,
          mayAct() &&
            s.total > 0 &&
            button(narrowed ? S.action.retryThese(s.total) : S.action.retryAll(s.total), all, {
              mark: "again",
            }),
        ),
        h(
          "div",
          { class: "filters", role: "search", "aria-label": S.documents.filters },
          h(
            "div",
            { class: "fields" },
            select("class", S.documents.class, options(S.class), S.any),
            select("host", S.documents.host, hosts, S.any),
            textField("prefix", S.documents.prefix, S.documents.prefixHint),
            textField("text", S.documents.text, S.documents.textHint),
            clear(FILTERS),
          ),
        ),
        problem(state.error || s.error, () => {
          list.load();
          loadGroups();
        }),
        section(S.failed.byReason, {}, groups()),
        section(
          here().params.get("group") ? S.failed.ofGroup : S.failed.documents,
          {},
          h(
            "div",
            { class: "row above" },
            h("p", { class: "soft" }, list.summary()),
            chosenTools(s.rows, ids, () => {
              ids.clear();
              changed();
            }),
          ),
          s.rows.length === 0
            ? empty(s.loading ? S.loading : S.failed.none)
            : table({
                caption: S.failed.documents,
                columns: mayAct() ? columnsToRetry : columns,
                rows: s.rows,
                sort: sortOf(here().params, "-changed"),
                onSort: (v) => setParams({ sort: v }),
                chosen: mayAct() ? chosen : null,
              }),
          moreButton(list),
        ),
      ];
    },
  };
}
