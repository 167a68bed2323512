/*
 * table: a table whose columns can be sorted (by the server) and whose rows can be chosen. Below
 * 640 px each row becomes a card; the column's name then stands before the value (data-label).
 *
 * columns: [{key, label, sort (name for the API, if it can be sorted by), cls, cell(row)}]
 */
import { h } from "./dom.js";
import { S } from "./strings.js";
import { icon } from "./marks.js";
import { now } from "./store.js";

const MANY_ROWS = 200;
const QUICK_MS = 5000; // how often the times in a row are told anew
const SLOW_MS = 20000;

const sortOf = (column, sort) =>
  sort === column.sort ? "ascending" : sort === "-" + column.sort ? "descending" : "none";

function header(column, sort, onSort) {
  if (!column.sort || !onSort)
    return h("th", { scope: "col", key: column.key, class: column.cls }, column.label);
  const now = sortOf(column, sort);
  const next =
    now === "descending"
      ? column.sort
      : now === "ascending"
        ? "-" + column.sort
        : column.first === "up"
          ? column.sort
          : "-" + column.sort;
  return h(
    "th",
    { scope: "col", key: column.key, class: column.cls, "aria-sort": now },
    h(
      "button",
      { type: "button", class: "sort", on: { click: () => onSort(next) } },
      column.label,
      h("span", { class: "arrow " + now, "aria-hidden": "true" }, icon("up")),
    ),
  );
}

function chooser(row, chosen) {
  return h(
    "td",
    { key: "choose", class: "choose" },
    h("input", {
      type: "checkbox",
      checked: chosen.has(row.id),
      "aria-label": S.documents.choose(row.path),
      on: { change: (e) => chosen.set(row.id, e.target.checked) },
    }),
  );
}

const drawn = new WeakMap();

/*
 * One row. Its description is made anew only when its document has changed (news make new objects),
 * when it was chosen or not, and now and then for the times in it: a thousand rows cost little.
 */
function body(row, columns, chosen, stamp) {
  const mark = chosen ? chosen.has(row.id) : null;
  const last = drawn.get(row);
  if (last && last.columns === columns && last.mark === mark && last.stamp === stamp)
    return last.tr;
  const cell = (c) =>
    c.rowHead
      ? h("th", { scope: "row", key: c.key, class: c.cls, "data-label": c.label }, c.cell(row))
      : h("td", { key: c.key, class: c.cls, "data-label": c.label }, c.cell(row));
  const tr = h("tr", { key: row.id }, chosen && chooser(row, chosen), columns.map(cell));
  drawn.set(row, { columns, mark, stamp, tr });
  return tr;
}

/* chosen (optional): {has(id), set(id, on), all(): -1 none, 0 some, 1 all, setAll(on)} */
export function table({ caption, columns, rows, sort, onSort, chosen }) {
  const stamp = Math.floor(now() / (rows.length > MANY_ROWS ? SLOW_MS : QUICK_MS));
  return h(
    "div",
    { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" },
    h(
      "table",
      { class: "rows" },
      h("caption", { class: "unseen" }, caption),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          chosen &&
            h(
              "th",
              { scope: "col", key: "choose", class: "choose" },
              h("input", {
                type: "checkbox",
                "aria-label": S.documents.chooseAll,
                checked: chosen.all() === 1,
                indeterminate: chosen.all() === 0,
                on: { change: (e) => chosen.setAll(e.target.checked) },
              }),
            ),
          columns.map((c) => header(c, sort, onSort)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) => body(row, columns, chosen, stamp)),
      ),
    ),
  );
}

/* What is chosen of the rows at hand. */
export function chooserOf(ids, rows, onChange) {
  const there = () => rows().filter((r) => ids.has(r.id)).length;
  return {
    has: (id) => ids.has(id),
    set(id, on) {
      if (on) ids.add(id);
      else ids.delete(id);
      onChange();
    },
    all: () => (there() === 0 ? -1 : there() === rows().length ? 1 : 0),
    setAll(on) {
      for (const r of rows()) {
        if (on) ids.add(r.id);
        else ids.delete(r.id);
      }
      onChange();
    },
  };
}
