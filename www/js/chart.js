/*
 * chart: drawings of our own, in SVG. Each has a text for those who do not see it, and a table on
 * demand.
 */
import { h } from "./dom.js";
import { S } from "./strings.js";
import { count, moment, percent } from "./format.js";

const HEIGHT = 150,
  FOOT = 18,
  HEAD = 8,
  LEFT = 34;
const NARROW_PX = 640;
const width = () => (innerWidth < NARROW_PX ? 340 : 720); // letters keep their size

/* A round number that is at least n: the top of the scale. */
export function roundUp(n) {
  if (n <= 4) return 4;
  const ten = 10 ** Math.floor(Math.log10(n));
  for (const k of [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10]) if (k * ten >= n) return k * ten;
  return 10 * ten;
}

const stepTime = (history, i) => Date.parse(history.start) + i * history.step_seconds * 1000;

function gridLines(top, w) {
  const lines = [];
  for (let i = 0; i <= 2; i++) {
    const y = HEAD + ((HEIGHT - HEAD - FOOT) * i) / 2;
    lines.push(h("line", { x1: LEFT, x2: w, y1: y, y2: y, class: i === 2 ? "axis" : "grid" }));
    if (i < 2)
      lines.push(
        h(
          "text",
          { x: LEFT - 7, y: y + 4, class: "scale", "text-anchor": "end" },
          count((top * (2 - i)) / 2),
        ),
      );
  }
  return lines;
}

function timeMarks(history, n, slot, w) {
  const every = history.step_seconds === 60 ? (w < 400 ? 30 : 15) : n > 48 ? 24 * 5 : 6;
  const marks = [];
  const now = new Date(stepTime(history, n - 1));
  for (let i = 0; i < n; i++) {
    const t = new Date(stepTime(history, i));
    const due =
      history.step_seconds === 60
        ? t.getMinutes() % every === 0
        : every === 6
          ? t.getHours() % 6 === 0
          : t.getHours() === 0 && t.getDate() % 5 === 0;
    if (!due) continue;
    const x = LEFT + i * slot;
    const label = every === 120 ? moment(t, now).split(" ").slice(0, 2).join(" ") : moment(t, t);
    marks.push(
      h("line", { x1: x, x2: x, y1: HEIGHT - FOOT, y2: HEIGHT - FOOT + 4, class: "axis" }),
      h(
        "text",
        { x: Math.min(x, w - 16), y: HEIGHT - 3, class: "scale", "text-anchor": "middle" },
        label,
      ),
    );
  }
  return marks;
}

/* Bars of documents done, and failed ones on top of them. */
export function throughput(history, sentence) {
  const n = history.done.length;
  const whole = width();
  const slot = (whole - LEFT) / Math.max(n, 1);
  const total = history.done.map((d, i) => (d || 0) + (history.failed[i] || 0));
  const top = roundUp(Math.max(...total, 0));
  const scale = (HEIGHT - HEAD - FOOT) / top;
  const bars = [];
  total.forEach((all, i) => {
    const x = LEFT + i * slot,
      w = Math.max(0.8, slot - (slot > 5 ? 2 : 0.6));
    const last = i === n - 1 ? " unfinished" : "";
    const failed = (history.failed[i] || 0) * scale,
      done = (history.done[i] || 0) * scale;
    if (history.done[i] === null)
      bars.push(h("rect", { x, y: HEIGHT - FOOT - 2, width: w, height: 2, class: "bar-none" }));
    if (done)
      bars.push(
        h("rect", { x, y: HEIGHT - FOOT - done, width: w, height: done, class: "bar-done" + last }),
      );
    if (failed)
      bars.push(
        h("rect", {
          x,
          y: HEIGHT - FOOT - done - Math.max(failed, 2),
          width: w,
          height: Math.max(failed, 2),
          class: "bar-failed" + last,
        }),
      );
  });
  return h(
    "svg",
    { class: "chart", viewBox: `0 0 ${whole} ${HEIGHT}`, role: "img", "aria-label": sentence },
    gridLines(top, whole),
    bars,
    timeMarks(history, n, slot, whole),
  );
}

/* A line of pages, without axes. */
export function spark(values, label) {
  const w = 240,
    height = 36;
  const known = values.map((v) => v || 0);
  const top = Math.max(...known, 1);
  const step = w / Math.max(known.length - 1, 1);
  const points = known.map(
    (v, i) => `${(i * step).toFixed(1)},${(height - 2 - (v / top) * (height - 4)).toFixed(1)}`,
  );
  return h(
    "svg",
    {
      class: "spark",
      viewBox: `0 0 ${w} ${height}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
    },
    h("polygon", { points: `0,${height} ${points.join(" ")} ${w},${height}`, class: "spark-area" }),
    h("polyline", { points: points.join(" "), class: "spark-line" }),
  );
}

/* One bar of parts: [{key, n, label}]; parts of nothing are left out, small ones stay visible. */
export function parts(list, what, name) {
  const all = list.reduce((sum, p) => sum + p.n, 0);
  const text = list
    .filter((p) => p.n)
    .map((p) => `${p.label} ${count(p.n)}`)
    .join(", ");
  return h(
    "div",
    { class: "parts " + (name || ""), role: "img", "aria-label": `${what}: ${text || S.none}` },
    all === 0
      ? h("span", { class: "part p-nothing", vars: { n: 1 } })
      : list
          .filter((p) => p.n)
          .map((p) =>
            h("span", {
              key: p.key,
              class: "part p-" + p.key,
              vars: { n: p.n / all },
              title: `${p.label}: ${count(p.n)} (${percent(p.n, all)})`,
            }),
          ),
  );
}

/* The same as a table, for whoever wants the numbers. */
export function historyTable(history) {
  const head = [S.chart.time, S.chart.done, S.chart.failed, S.chart.pages, S.chart.ocrPages];
  const rows = history.done.map((_, i) => i).reverse();
  const now = new Date(stepTime(history, history.done.length - 1));
  return h(
    "details",
    { class: "as-table" },
    h("summary", null, S.chart.asTable),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": S.chart.asTable },
      h(
        "table",
        { class: "plain" },
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            head.map((t) => h("th", { scope: "col" }, t)),
          ),
        ),
        h(
          "tbody",
          null,
          rows.map((i) =>
            h(
              "tr",
              { key: stepTime(history, i) },
              h("th", { scope: "row" }, moment(new Date(stepTime(history, i)), now)),
              [history.done, history.failed, history.pages, history.ocr_pages].map((c) =>
                h("td", { class: "num" }, count(c[i])),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}
