/* document_pages: the pages of one document in a table, and the one that is being read. */
import { h } from "../dom.js";
import { S } from "../strings.js";
import { count, duration, rate, size } from "../format.js";
import { setParams } from "../router.js";
import { button, empty, problem } from "../bits.js";
import * as api from "../api.js";

export const PAGES = 200; // fetched at once

const mark = (p) =>
  p.confidence !== undefined
    ? rate(p.confidence) + " %"
    : p.score !== undefined
      ? p.score.toFixed(2)
      : S.unknown;

function pageRow(p, at) {
  const on = p.page === at;
  return h(
    "tr",
    { key: p.page, class: (on ? "on " : "") + (p.tier === "bad" ? "bad" : "") },
    h(
      "th",
      { scope: "row", class: "num" },
      h(
        "button",
        {
          type: "button",
          class: "quiet small",
          "aria-pressed": on ? "true" : "false",
          "aria-label": S.document.readPage(p.page),
          on: { click: () => setParams({ page: p.page }, true) },
        },
        count(p.page),
      ),
    ),
    h(
      "td",
      null,
      h(
        "span",
        { class: "tier" },
        h("span", { class: "swatch p-" + p.tier.replace("+", "-") }),
        S.tier[p.tier] || p.tier,
      ),
    ),
    h("td", { class: "num" }, count(p.chars)),
    h("td", { class: "num" }, mark(p)),
    h("td", { class: "num" }, duration(Math.round(p.ms))),
    h(
      "td",
      { class: "reason-cell" },
      p.class && h("b", null, (S.class[p.class] || p.class) + " "),
      p.why && h("bdi", null, p.why),
    ),
  );
}

export function pageTable(state, at) {
  const r = state.record;
  if (!r || !r.pages || r.pages.length === 0)
    return empty(state.loadingRecord ? S.loading : S.document.noPages);
  const last = r.first + r.pages.length - 1;
  return [
    h(
      "div",
      { class: "scroll tall", role: "region", tabindex: "0", "aria-label": S.document.pageTable },
      h(
        "table",
        { class: "rows keep pages-table" },
        h("caption", { class: "unseen" }, S.document.pageTable),
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            S.document.pageHead.map((t, i) =>
              h(
                "th",
                {
                  scope: "col",
                  class: i === 1 || i === 5 ? null : "num",
                  title: i === 3 ? S.document.markWhy : null,
                },
                t,
              ),
            ),
          ),
        ),
        h(
          "tbody",
          null,
          r.pages.map((p) => pageRow(p, at)),
        ),
      ),
    ),
    (r.first > 1 || last < r.page_count) &&
      h(
        "div",
        { class: "row pager" },
        button(S.document.before, () => state.window(Math.max(1, r.first - PAGES)), {
          disabled: r.first === 1,
        }),
        h("span", { class: "soft" }, S.document.window(r.first, last, r.page_count)),
        button(S.document.after, () => state.window(last + 1), { disabled: last >= r.page_count }),
      ),
  ];
}

export function reader(state, at, of) {
  const t = state.text;
  return h(
    "div",
    { class: "reader" },
    h(
      "div",
      { class: "row" },
      button(S.document.before, () => setParams({ page: at - 1 }, true), {
        disabled: at <= 1,
        "aria-label": S.document.pageBefore,
      }),
      h("span", null, of ? S.hosts.page(count(at), count(of)) : S.document.page(at)),
      button(S.document.after, () => setParams({ page: at + 1 }, true), {
        disabled: of > 0 && at >= of,
        "aria-label": S.document.pageAfter,
      }),
      h("span", { class: "grow" }),
      h(
        "div",
        { class: "choice", role: "group", "aria-label": S.document.show },
        ["text", "image"].map((k) =>
          button(S.document.views[k], () => state.look(k), {
            key: k,
            "aria-pressed": state.view === k ? "true" : "false",
          }),
        ),
      ),
    ),
    state.view === "image"
      ? h(
          "div",
          { class: "sheet", key: "image" },
          h("img", {
            key: state.id + at,
            alt: S.document.pageImage(at),
            src: api.url(`/documents/${encodeURIComponent(state.id)}/pages/${at}/image`, {
              width: 1000,
            }),
            on: { error: () => state.imageFailed() },
          }),
        )
      : state.textError
        ? problem(state.textError, state.again)
        : !t
          ? empty(S.loading)
          : h(
              "pre",
              { class: "text", tabindex: "0", role: "region", "aria-label": S.document.textOf(at) },
              t.text || S.document.emptyPage,
            ),
    state.view === "text" &&
      t &&
      t.next_offset !== null &&
      h(
        "p",
        { class: "more" },
        button(S.document.moreText(size(t.total_bytes - t.next_offset)), state.more),
      ),
  );
}
