/* overview: what the cluster does now, when it will be finished, and what is wrong. */
import { h } from "../dom.js";
import { S } from "../strings.js";
import { ago, count, duration, moment, percent, rate, roughly, size } from "../format.js";
import { href } from "../router.js";
import { icon, slotCells, stateMark } from "../marks.js";
import { historyTable, parts, spark, throughput } from "../chart.js";
import { bar, button, docLink, empty, figure, head, problem, section } from "../bits.js";
import { mayAct, now, quiet, sortedHosts, store, takeHosts } from "../store.js";
import * as api from "../api.js";
import * as actions from "../actions.js";

const STATES = ["done", "failed", "sealed", "claimed", "waiting", "pending"];
const SPANS = ["1h", "24h", "30d"];
const left = (d) => d.pending + d.waiting + d.claimed + d.sealed;

/* The headline: what is left, and until when. */
function outlook(o) {
  const n = left(o.documents);
  const e = o.eta;
  if (n === 0)
    return [
      h(
        "p",
        { class: "big" },
        o.documents.done + o.documents.failed ? S.overview.allDone : S.overview.nothingYet,
      ),
      h("p", { class: "soft" }, S.overview.dropHere),
    ];
  if (o.paused)
    return [
      h("p", { class: "big" }, S.overview.paused),
      h("p", { class: "soft" }, S.overview.leftToDo(n)),
    ];
  if (o.hosts.total === o.hosts.silent + (o.hosts.stopped || 0))
    return [
      h("p", { class: "big" }, S.overview.nobody),
      h("p", { class: "soft" }, S.overview.leftToDo(n)),
    ];
  if (!e)
    return [
      h("p", { class: "big" }, S.overview.noIdea),
      h("p", { class: "soft" }, S.overview.leftToDo(n)),
    ];
  const end = (s) => moment(new Date(now() + s * 1000), new Date(now()));
  return [
    h("p", { class: "big" }, S.overview.leftTime(roughly(e.likely_seconds))),
    h(
      "p",
      { class: "soft" },
      S.overview.finish(
        end(e.likely_seconds),
        end(e.low_seconds),
        e.high_seconds === null ? null : end(e.high_seconds),
      ),
    ),
  ];
}

function speed(o) {
  return h(
    "dl",
    { class: "speed" },
    figure(
      S.overview.documentsMinute,
      rate(o.rates.documents_now),
      S.overview.rateSince(rate(o.rates.documents_hour), rate(o.rates.documents_start)),
    ),
    figure(
      S.overview.pagesMinute,
      rate(o.rates.pages_now),
      S.overview.rateSince(rate(o.rates.pages_hour), rate(o.rates.pages_start)),
    ),
  );
}

function flow(o) {
  const d = o.documents;
  const all = STATES.reduce((n, s) => n + d[s], 0);
  return h(
    "section",
    { class: "flow", "aria-label": S.overview.states },
    parts(
      STATES.map((s) => ({ key: s, n: d[s], label: S.state[s] })),
      S.overview.states,
      "wide",
    ),
    h(
      "ul",
      { class: "counts-row" },
      STATES.map((s) =>
        h(
          "li",
          { key: s, class: "c-" + s },
          h(
            "a",
            { href: s === "failed" ? href("failed") : href("documents", { state: s }) },
            stateMark(s),
            h("b", null, count(d[s])),
            h("small", null, all ? percent(d[s], all) : ""),
          ),
        ),
      ),
    ),
  );
}

function alerts(o) {
  const list = o.alerts.filter((a) => a.kind !== "paused" && a.kind !== "share_not_answering");
  if (list.length === 0) return null;
  return section(
    S.overview.alerts,
    { class: "alerts" },
    h(
      "ul",
      null,
      list.map((a) =>
        h(
          "li",
          { key: a.id, class: "alert a-" + a.level },
          icon(a.level),
          h("span", null, a.message),
          h("small", null, S.since(moment(a.since, new Date(now())))),
          a.host &&
            h(
              "a",
              { href: href("hosts", { host: a.host }), "aria-label": S.overview.toHost(a.host) },
              S.show,
            ),
        ),
      ),
    ),
  );
}

function kinds(o) {
  const e = o.eta;
  const oldest = o.oldest_waiting;
  const rows = e ? e.kinds.filter((k) => k.documents || k.pages) : [];
  return section(
    S.overview.workLeft,
    { class: "left" },
    rows.length === 0
      ? empty(left(o.documents) ? S.overview.noFigures : S.overview.nothingLeft)
      : h(
          "table",
          { class: "rows left-table" },
          h(
            "thead",
            null,
            h(
              "tr",
              null,
              S.overview.leftHead.map((t, i) =>
                h("th", { scope: "col", class: i ? "num" : null }, t),
              ),
            ),
          ),
          h(
            "tbody",
            null,
            rows.map((k) =>
              h(
                "tr",
                { key: k.kind },
                h("th", { scope: "row", class: "kind" }, S.need[k.kind]),
                [
                  count(k.documents),
                  count(k.pages),
                  rate(k.pages_per_minute),
                  k.likely_seconds === null ? S.unknown : roughly(k.likely_seconds),
                ].map((v, i) =>
                  h("td", { class: "num", "data-label": S.overview.leftHead[i + 1] }, v),
                ),
              ),
            ),
          ),
        ),
    oldest &&
      h(
        "p",
        { class: "oldest" },
        S.overview.oldest,
        " ",
        docLink(oldest),
        h("span", { class: "soft" }, " " + duration(now() - Date.parse(oldest.since))),
      ),
  );
}

function hostLine(x) {
  const silent = quiet(x);
  return h(
    "li",
    { key: x.host, class: silent ? "silent" : null },
    h("a", { class: "name", href: href("hosts", { host: x.host }) }, x.host),
    stateMark(x.state),
    silent
      ? h("span", { class: "soft grow" }, S.hosts.lastSeen(ago(x.last_seen, now())))
      : h("span", { class: "grow" }, slotCells(x)),
    h("span", { class: "num" }, silent ? "" : S.hosts.perMinute(rate(x.rates.pages))),
  );
}

function hostList() {
  const list = sortedHosts();
  return section(
    S.page.hosts,
    { class: "host-lines" },
    list.length === 0
      ? empty(store.hostsKnown ? S.hosts.none : S.loading)
      : h("ul", null, list.map(hostLine)),
  );
}

function failures(o) {
  const list = Object.entries(o.failed_by_class).sort((a, b) => b[1] - a[1]);
  const most = list.length ? list[0][1] : 0;
  return section(
    S.overview.whyFailed,
    { class: "why" },
    list.length === 0
      ? empty(S.overview.noFailures)
      : h(
          "ul",
          { class: "bars" },
          list.map(([c, n]) =>
            h(
              "li",
              { key: c },
              h("a", { href: href("failed", { class: c }) }, S.class[c] || c),
              bar(n, most, "", "failed"),
              h("span", { class: "num" }, count(n)),
            ),
          ),
        ),
  );
}

function facts(o) {
  const q = o.quota,
    i = o.ignored,
    s = o.since_start;
  const ignored = i.names + i.links + i.special + i.empty;
  return section(
    S.overview.spool,
    { class: "facts" },
    h(
      "dl",
      null,
      figure(S.overview.folder, h("bdi", null, o.spool)),
      q &&
        figure(
          S.overview.space,
          h(
            "span",
            null,
            size(q.bytes_free),
            " ",
            bar(
              q.bytes_total - q.bytes_free,
              q.bytes_total,
              S.overview.spaceUsed(percent(q.bytes_total - q.bytes_free, q.bytes_total)),
              q.low ? "failed" : "",
            ),
          ),
          S.overview.spaceOf(size(q.bytes_total)),
        ),
      figure(
        S.overview.sinceStart,
        S.overview.doneFailed(count(s.done), count(s.failed)),
        S.overview.pagesBytes(count(s.pages), size(s.bytes), moment(s.since, new Date(now()))),
      ),
      figure(S.overview.outcomes, S.overview.outcomeCounts(o.outcomes, count)),
      figure(S.overview.ignored, count(ignored), ignored ? S.overview.ignoredWhy(i, count) : ""),
      figure(
        S.overview.news,
        S.overview.wake[o.share.wake] || o.share.wake,
        o.share.walked ? S.overview.walked(ago(o.share.walked, now())) : S.overview.firstWalk,
      ),
    ),
  );
}

export function overview() {
  const state = { span: "1h", history: null, error: null };
  async function load() {
    try {
      takeHosts(await api.get("/hosts"));
      if (state.span !== "1h") state.history = await api.get("/history", { span: state.span });
      state.error = null;
    } catch (e) {
      state.error = e;
    }
  }
  function choose(span) {
    state.span = span;
    state.history = null;
    load();
  }
  function chart(o) {
    const history = state.span === "1h" ? o.minutes : state.history;
    const per = state.span === "1h" ? S.chart.minute : S.chart.hour;
    return h(
      "section",
      { class: "through" },
      h(
        "div",
        { class: "row" },
        h("h2", null, S.overview.throughput + " " + per),
        h(
          "div",
          { class: "choice", role: "group", "aria-label": S.chart.span },
          SPANS.map((s) =>
            button(S.chart.spans[s], () => choose(s), {
              key: s,
              "aria-pressed": state.span === s ? "true" : "false",
            }),
          ),
        ),
      ),
      history
        ? [
            throughput(history, S.chart.sentence(history, count)),
            h(
              "div",
              { class: "row pages" },
              h(
                "div",
                { class: "line" },
                h("span", { class: "soft" }, S.chart.pages),
                spark(history.pages, S.chart.pagesSentence(history, count)),
              ),
              h(
                "div",
                { class: "line" },
                h("span", { class: "soft" }, S.chart.ocrPages),
                spark(history.ocr_pages, S.chart.ocrSentence(history, count)),
              ),
            ),
            historyTable(history),
          ]
        : empty(S.loading),
    );
  }
  return {
    topics: ["host"],
    title: () => S.page.overview,
    load,
    view() {
      const o = store.overview;
      const tools =
        mayAct() && o && !o.paused
          ? button(S.action.pauseNow, actions.pause, { mark: "paused" })
          : null;
      if (!o) return [head(S.page.overview), empty(S.loading)];
      return [
        head(S.page.overview, tools),
        problem(state.error, load),
        h("div", { class: "lead" }, h("div", { class: "outlook" }, outlook(o)), speed(o)),
        flow(o),
        alerts(o),
        h(
          "div",
          { class: "columns" },
          h("div", null, chart(o), hostList()),
          h("div", null, kinds(o), failures(o), facts(o)),
        ),
      ];
    },
  };
}
