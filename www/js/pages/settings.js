/* settings: what is in force, and where it comes from. */
import { h } from "../dom.js";
import { S } from "../strings.js";
import { here, setParams } from "../router.js";
import { icon } from "../marks.js";
import { button, empty, figure, head, problem, section } from "../bits.js";
import { changed, now } from "../store.js";
import { exactly, size, count } from "../format.js";
import * as api from "../api.js";

function row(s) {
  const [, value, from, bounds] = S.settings.head;
  return h(
    "tr",
    { key: s.key, class: s.origin === "default" ? null : "changed" },
    h(
      "th",
      { scope: "row", class: "file" },
      h("code", null, s.key),
      h("small", { class: "soft" }, s.help),
    ),
    h("td", { "data-label": value }, h("code", { class: "value" }, s.value || S.settings.nothing)),
    h(
      "td",
      { "data-label": from },
      h("span", { class: "tag o-" + s.origin }, S.settings.origin[s.origin]),
    ),
    h(
      "td",
      { class: "soft bounds", "data-label": bounds },
      h("span", null, s.bounds),
      s.origin !== "default" && h("small", null, S.settings.else, " ", h("code", null, s.default)),
    ),
  );
}

function health(state) {
  const x = state.health;
  if (!x) return null;
  return section(
    S.settings.daemon,
    { class: "facts" },
    h(
      "dl",
      null,
      figure(S.settings.version, x.version),
      figure(S.settings.started, exactly(x.started, new Date(now()))),
      figure(S.settings.memory, size(x.memory_bytes)),
      figure(S.settings.known, count(x.documents_known)),
      figure(S.settings.clients, count(x.connections), S.settings.streams(x.sse_clients)),
    ),
    h(
      "ul",
      { class: "checks" },
      x.checks.map((c) =>
        h(
          "li",
          { key: c.name, class: c.ok ? "" : "warn-text" },
          icon(c.ok ? "done" : "warn"),
          " ",
          h("b", null, S.settings.check[c.name] || c.name),
          " ",
          c.ok ? S.settings.ok : c.message,
          h("small", { class: "soft" }, " " + S.since(exactly(c.since, new Date(now())))),
        ),
      ),
    ),
  );
}

export function settings() {
  const state = { list: null, health: null, error: null };
  async function load() {
    try {
      [state.list, state.health] = await Promise.all([api.get("/settings"), api.get("/health")]);
      state.error = null;
    } catch (e) {
      state.error = e;
    }
    changed();
  }
  return {
    title: () => S.page.settings,
    load,
    view() {
      const only = here().params.get("only") === "changed";
      const list = state.list;
      if (!list)
        return [head(S.page.settings), state.error ? problem(state.error, load) : empty(S.loading)];
      const shown = list.items.filter((s) => !only || s.origin !== "default");
      const groups = [...new Set(shown.map((s) => s.section))];
      return [
        head(
          S.page.settings,
          button(S.settings.only, () => setParams({ only: only ? "" : "changed" }), {
            "aria-pressed": only ? "true" : "false",
          }),
        ),
        problem(state.error, load),
        h("p", { class: "soft" }, S.settings.files(list.files.cluster, list.files.host)),
        health(state),
        shown.length === 0 ? empty(S.settings.allDefault) : null,
        groups.map((g) =>
          h(
            "section",
            { key: g },
            h("h2", null, `[${g}]`),
            h(
              "div",
              { class: "scroll", role: "region", tabindex: "0", "aria-label": g },
              h(
                "table",
                { class: "rows settings" },
                h("caption", { class: "unseen" }, g),
                h(
                  "thead",
                  null,
                  h(
                    "tr",
                    null,
                    S.settings.head.map((t) => h("th", { scope: "col" }, t)),
                  ),
                ),
                h("tbody", null, shown.filter((s) => s.section === g).map(row)),
              ),
            ),
          ),
        ),
      ];
    },
  };
}
