/*
 * hosts: what each worker does. A silent or stopped one is grey, says when it was last heard of, and shows no
 * old figures as if they were new.
 */
import { h } from "../dom.js";
import { S } from "../strings.js";
import { ago, count, duration, percent, rate, size } from "../format.js";
import { here } from "../router.js";
import { slotCells, stateMark } from "../marks.js";
import { bar, button, docLink, empty, figure, head, problem } from "../bits.js";
import { mayAct, now, quiet, sortedHosts, store, takeHosts } from "../store.js";
import * as api from "../api.js";
import * as actions from "../actions.js";

const SLOW_MS = 20000; /* without progress for so long: said in the row */

function load_(x) {
  const l = x.load;
  if (!l) return null;
  const memory = l.memory_total ? l.memory_used / l.memory_total : 0;
  return [
    l.cpu_percent !== null &&
      figure(
        S.hosts.cpu,
        h(
          "span",
          { class: "with-bar" },
          bar(l.cpu_percent, 100, ""),
          Math.round(l.cpu_percent) + " %",
        ),
      ),
    l.memory_total &&
      figure(
        S.hosts.memory,
        h(
          "span",
          { class: "with-bar" },
          bar(memory, 1, "", memory > 0.92 ? "failed" : ""),
          size(l.memory_used),
        ),
        S.hosts.of(size(l.memory_total)),
      ),
    l.temperature_celsius !== null &&
      figure(S.hosts.temperature, Math.round(l.temperature_celsius) + " °C"),
  ];
}

function facts(x) {
  return h(
    "dl",
    { class: "figures" },
    !quiet(x) && [
      figure(S.hosts.pages, rate(x.rates.pages), S.hosts.minute),
      figure(S.hosts.documents, rate(x.rates.documents), S.hosts.minute),
      load_(x),
    ],
    figure(
      S.hosts.done,
      count(x.counts.done),
      S.hosts.failed(
        count(x.counts.failed),
        percent(x.counts.failed, x.counts.done + x.counts.failed),
      ),
    ),
    figure(S.hosts.kills, count(x.counts.parser_kills), S.hosts.restarts(count(x.counts.restarts))),
  );
}

function tags(x) {
  const cage = S.hosts.cage[x.sandbox] || x.sandbox;
  return h(
    "ul",
    { class: "tags" },
    h(
      "li",
      {
        class: "tag" + (x.version_differs ? " warn" : ""),
        title: x.version_differs ? S.hosts.otherVersion : "",
      },
      S.hosts.version(x.version),
      x.version_differs && h("span", { class: "why" }, S.hosts.otherVersion),
    ),
    x.sandbox && // it says so once its first parser runs
      h("li", { class: "tag" + (x.sandbox === "full" ? "" : " warn") }, S.hosts.sandbox(cage)),
    h("li", { class: "tag" }, S.hosts.cores(x.cores, x.n_slots)),
    !quiet(x) && h("li", { class: "tag" }, S.hosts.up(duration(x.uptime_ms))),
    x.languages &&
      h(
        "li",
        { class: "tag" },
        x.languages.length ? S.hosts.languages(x.languages) : S.hosts.noOcr,
      ),
    x.dead_leases > 0 && h("li", { class: "tag warn" }, S.hosts.dead(x.dead_leases)),
  );
}

function slotRow(s, i) {
  const pages = s.pages ? S.hosts.page(count(s.page), count(s.pages)) : "";
  return h(
    "tr",
    { key: i + s.id },
    h("td", { class: "stage", "data-label": S.hosts.stage }, S.stage[s.stage] || s.stage),
    h(
      "th",
      { scope: "row", class: "file", "data-label": S.hosts.document },
      docLink(s),
      s.attempt > 1 && h("small", { class: "tag" }, S.hosts.attempt(s.attempt)),
    ),
    h(
      "td",
      { class: "progress", "data-label": S.hosts.progress },
      s.pages ? h("progress", { max: s.pages, value: s.page, "aria-label": pages }) : null,
      h("span", { class: "num" }, pages),
      s.progress_ms > SLOW_MS &&
        h("span", { class: "warn-text" }, " " + S.hosts.quiet(duration(s.progress_ms))),
    ),
    h("td", { class: "num", "data-label": S.hosts.since }, duration(s.running_ms)),
  );
}

function slots(x) {
  const busy = x.slots.filter((s) => s.id);
  if (quiet(x)) return null;
  if (busy.length === 0) return null;
  return h(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-label": S.hosts.inHand(x.host) },
    h(
      "table",
      { class: "rows slots" },
      h("caption", { class: "unseen" }, S.hosts.inHand(x.host)),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          [S.hosts.stage, S.hosts.document, S.hosts.progress, S.hosts.since].map((t, i) =>
            h("th", { scope: "col", class: i === 3 ? "num" : null }, t),
          ),
        ),
      ),
      h("tbody", null, busy.map(slotRow)),
    ),
  );
}

function drainButton(x) {
  if (!mayAct()) return null;
  return x.drained
    ? button(S.hosts.undrain, () => actions.undrain(x.host), {
        mark: "play",
        "aria-label": S.hosts.undrainOf(x.host),
      })
    : button(S.hosts.drain, () => actions.drain(x.host), {
        mark: "draining",
        "aria-label": S.hosts.drainOf(x.host),
      });
}

function card(x, chosen) {
  const silent = quiet(x);
  return h(
    "section",
    {
      key: x.host,
      class: "host" + (silent ? " silent" : "") + (chosen === x.host ? " chosen" : ""),
      "aria-label": x.host,
      mounted: (el) => chosen === x.host && el.scrollIntoView({ block: "center" }),
    },
    h(
      "div",
      { class: "host-head" },
      h("h2", null, x.host),
      stateMark(x.state),
      silent
        ? h("span", { class: "soft" }, S.hosts.lastSeen(ago(x.last_seen, now())))
        : slotCells(x),
      !silent && h("span", { class: "soft busy-count" }, S.hosts.busyOf(x.busy, x.n_slots)),
      h("span", { class: "grow" }),
      drainButton(x),
    ),
    x.reason && h("p", { class: "warn-text" }, x.reason),
    tags(x),
    facts(x),
    slots(x),
  );
}

export function hosts() {
  const state = { error: null };
  async function load() {
    try {
      takeHosts(await api.get("/hosts"));
      state.error = null;
    } catch (e) {
      state.error = e;
    }
  }
  return {
    topics: ["host"],
    title: () => S.page.hosts,
    load,
    view() {
      const list = sortedHosts();
      const chosen = here().params.get("host");
      return [
        head(S.page.hosts),
        problem(state.error, load),
        list.length === 0
          ? empty(store.hostsKnown ? S.hosts.none : S.loading)
          : list.map((x) => card(x, chosen)),
      ];
    },
  };
}
