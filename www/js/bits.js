/* bits: what several pages draw in the same way. */
import { h } from "./dom.js";
import { S } from "./strings.js";
import { ago, count, exactly, split } from "./format.js";
import { href } from "./router.js";
import { icon } from "./marks.js";
import { parts } from "./chart.js";
import { now } from "./store.js";

/*
 * A path: the folders soft, the name strong. Isolated, so that right-to-left names turn nothing
 * around them.
 */
export function pathText(path) {
  const [folder, name] = split(path);
  return h(
    "bdi",
    { class: "path" },
    folder && h("span", { class: "folder" }, folder),
    h("span", { class: "name" }, name),
  );
}

export const docLink = (d) =>
  h("a", { href: href("document", {}, d.id), class: "doc", title: d.path }, pathText(d.path));

export const time = (t) => h("time", { datetime: t || "", title: exactly(t) }, ago(t, now()));

/* Title, and what may be done on this page. */
export const head = (title, ...right) =>
  h(
    "div",
    { class: "head" },
    h("h1", { tabindex: "-1", id: "title" }, title),
    h("div", { class: "tools" }, right),
  );

export const section = (title, props, ...content) =>
  h("section", props, h("h2", null, title), content);

export function button(text, on, props = {}) {
  const { mark, ...rest } = props;
  return h("button", { type: "button", ...rest, on: { click: on } }, mark && icon(mark), text);
}

/* A figure with what it is. */
export const figure = (label, value, extra) =>
  h(
    "div",
    { class: "figure" },
    h("dt", null, label),
    h("dd", null, value, extra && h("small", null, extra)),
  );

export const problem = (p, again) =>
  p &&
  h(
    "div",
    { class: "notice error" },
    icon("error"),
    h("p", null, p.message),
    again && button(S.again, again),
  );

export const note = (text, mark = "info") =>
  h("div", { class: "notice" }, icon(mark), h("p", null, text));

export const empty = (text) => h("p", { class: "empty" }, text);

const TIERS = ["text", "text+ocr", "repair", "ocr", "ocr-hard", "blank", "none", "bad"];

/* The pages of a document by where their text comes from. */
export function tierBar(tiers) {
  if (!tiers) return h("span", { class: "soft" }, S.unknown);
  return parts(
    TIERS.filter((t) => tiers[t]).map((t) => ({
      key: t.replace("+", "-"),
      n: tiers[t],
      label: S.tier[t],
    })),
    S.documents.tiers,
    "thin",
  );
}

export const tierLegend = (tiers) =>
  h(
    "ul",
    { class: "legend" },
    TIERS.filter((t) => tiers[t]).map((t) =>
      h(
        "li",
        { key: t },
        h("span", { class: "swatch p-" + t.replace("+", "-") }),
        S.tier[t],
        h("b", null, count(tiers[t])),
      ),
    ),
  );

/* Without a label it only repeats what is written beside it. */
export const bar = (value, max, label, extra) =>
  h(
    "span",
    {
      class: "bar " + (extra || ""),
      role: label ? "img" : null,
      "aria-label": label || null,
      "aria-hidden": label ? null : "true",
    },
    h("span", { vars: { v: max > 0 ? Math.min(1, value / max) : 0 } }),
  );
