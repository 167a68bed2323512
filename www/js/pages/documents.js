/* documents: find the twelve out of seven hundred thousand. */
import { h } from "../dom.js";
import { S } from "../strings.js";
import { count, exactly, size } from "../format.js";
import { here, setParams } from "../router.js";
import { stateMark } from "../marks.js";
import { button, docLink, empty, head, problem, tierBar, time } from "../bits.js";
import { chips, clear, select, textField } from "../filters.js";
import { chooserOf, table } from "../table.js";
import { listing } from "../listing.js";
import { changed, mayAct, sortedHosts, store, takeHosts } from "../store.js";
import { send } from "../dropzone.js";
import * as api from "../api.js";
import * as actions from "../actions.js";

export const FILTERS = ["state", "class", "outcome", "tier", "host", "prefix", "text", "group"];
const MOST_RETRIES = 1000; // in one request, by the contract
const MOST_CANCELS = 256;
const STATES = ["pending", "waiting", "claimed", "sealed", "done", "failed"];
const SORTS = ["changed", "path", "size", "pages"];

export const options = (map, names = Object.keys(map)) => names.map((k) => [k, map[k]]);

/* The sort that the URL asks for, if there is such a one. */
export function sortOf(params, fallback) {
  const s = params.get("sort") || fallback;
  return SORTS.includes(s.replace(/^-/, "")) ? s : fallback;
}

function progress(d) {
  if (!d.progress || !d.progress.pages) return null;
  const text = S.hosts.page(count(d.progress.page), count(d.progress.pages));
  return h("progress", {
    max: d.progress.pages,
    value: d.progress.page,
    "aria-label": text,
    title: text,
  });
}

const pagesOf = (d) =>
  d.progress && d.progress.pages
    ? S.documents.of(count(d.progress.page), count(d.progress.pages))
    : count(d.pages);

/* What there is to say beside the state: the reason, or when it is due. */
export function said(d) {
  if (d.state === "waiting")
    return h(
      "small",
      { class: "soft" },
      d.need === "ocr" ? S.documents.forOcr : S.documents.due(exactly(d.due)),
      d.message && ": " + d.message,
    );
  if (d.state === "failed")
    return h(
      "small",
      { class: "reason" },
      h("b", null, S.class[d.class] || d.class),
      d.message && h("bdi", null, d.message),
    );
  if (d.state === "done" && d.outcome !== "ok")
    return h(
      "small",
      { class: "soft" },
      S.outcome[d.outcome] || S.unknown,
      d.message && h("bdi", null, ": " + d.message),
    );
  return null;
}

export const COLUMNS = [
  { key: "state", label: S.documents.state, cls: "state-col", cell: (d) => stateMark(d.state) },
  {
    key: "path",
    label: S.documents.document,
    sort: "path",
    first: "up",
    cls: "file",
    rowHead: true,
    cell: (d) => [docLink(d), said(d)],
  },
  { key: "pages", label: S.documents.pages, sort: "pages", cls: "num", cell: pagesOf },
  {
    key: "tiers",
    label: S.documents.tiers,
    cls: "tiers",
    cell: (d) => progress(d) || tierBar(d.tiers),
  },
  { key: "size", label: S.documents.size, sort: "size", cls: "num", cell: (d) => size(d.size) },
  { key: "host", label: S.documents.host, cls: "host-col", cell: (d) => d.host || S.unknown },
  {
    key: "changed",
    label: S.documents.changed,
    sort: "changed",
    cls: "when",
    cell: (d) => time(d.changed),
  },
];

/* Buttons for what is chosen; what they would do is told before it is done. */
export function chosenTools(rows, ids, after) {
  const chosen = rows.filter((r) => ids.has(r.id));
  if (!mayAct() || chosen.length === 0) return null;
  const ofState = (states, most) =>
    chosen
      .filter((r) => states.includes(r.state))
      .map((r) => r.id)
      .slice(0, most);
  const failed = ofState(["failed"], MOST_RETRIES);
  const open = ofState(["pending", "waiting", "claimed"], MOST_CANCELS);
  const done = async (ok) => {
    if (await ok) after();
  };
  return h(
    "div",
    { key: "chosen", class: "chosen-bar" },
    h("span", null, S.documents.chosen(chosen.length)),
    failed.length > 0 &&
      button(S.action.retrySome(failed.length), () => done(actions.retry({ ids: failed })), {
        mark: "again",
      }),
    open.length > 0 &&
      button(S.action.cancelSome(open.length), () => done(actions.cancel({ ids: open })), {
        mark: "failed",
      }),
    button(S.documents.chooseNone, after, { class: "quiet" }),
  );
}

export function moreButton(list) {
  return list.state.next && h("p", { class: "more" }, button(S.documents.more, list.more));
}

function uploadButton() {
  if (!mayAct() || (store.session && store.session.upload_max_bytes === 0)) return null;
  return h(
    "label",
    { class: "upload" },
    S.upload.choose,
    h("input", {
      type: "file",
      accept: ".pdf,application/pdf",
      multiple: true,
      on: { change: (e) => send(e.target.files) },
    }),
  );
}

export function documents() {
  const ids = new Set();
  const params = () => ({
    ...Object.fromEntries(FILTERS.map((f) => [f, here().params.get(f)])),
    sort: sortOf(here().params, "-changed"),
  });
  const list = listing(params);
  const chosen = chooserOf(ids, () => list.state.rows, changed);
  let last = location.hash;
  function filters() {
    const hosts = sortedHosts().map((x) => [x.host, x.host]);
    return h(
      "div",
      { class: "filters", role: "search", "aria-label": S.documents.filters },
      chips(
        "state",
        S.documents.state,
        STATES.map((s) => [s, stateMark(s)]),
      ),
      h(
        "div",
        { class: "fields" },
        textField("prefix", S.documents.prefix, S.documents.prefixHint),
        textField("text", S.documents.text, S.documents.textHint),
        select(
          "outcome",
          S.documents.outcome,
          options(S.outcome, ["ok", "partial", "empty"]),
          S.any,
        ),
        select("class", S.documents.class, options(S.class), S.any),
        select("tier", S.documents.tier, options(S.tier), S.any),
        select("host", S.documents.host, hosts, S.any),
        clear(FILTERS),
      ),
    );
  }
  return {
    topics: ["documents"],
    title: () => S.page.documents,
    load() {
      list.load();
      if (!store.hostsKnown) api.get("/hosts").then(takeHosts, () => {});
    },
    moved() {
      if (location.hash === last) return;
      last = location.hash;
      list.fresh();
    },
    event: (type, data) => type === "documents" && list.take(data),
    close: list.close,
    view() {
      const s = list.state;
      return [
        head(S.page.documents, uploadButton()),
        filters(),
        problem(s.error, list.load),
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
          ? empty(s.loading ? S.loading : S.documents.nothing)
          : table({
              caption: S.page.documents,
              columns: COLUMNS,
              rows: s.rows,
              sort: sortOf(here().params, "-changed"),
              onSort: (v) => setParams({ sort: v }),
              chosen: mayAct() ? chosen : null,
            }),
        moreButton(list),
      ];
    },
  };
}
