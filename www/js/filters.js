/*
 * filters: a row of choices whose values live in the URL. What is typed takes effect after a
 * moment, without Enter.
 */
import { h } from "./dom.js";
import { S } from "./strings.js";
import { here, setParams } from "./router.js";
import { button } from "./bits.js";

const TYPING_MS = 300;
let timer = 0;

function typed(name, value) {
  clearTimeout(timer);
  timer = setTimeout(() => setParams({ [name]: value }, true), TYPING_MS);
}

/* Enter, or the field is left: at once. */
function settled(name, value) {
  clearTimeout(timer);
  setParams({ [name]: value }, true);
}

/* Who types is not disturbed: the URL's value is shown by fields that are not in use. */
export function textField(name, label, placeholder) {
  const el = document.activeElement;
  const value = el && el.name === name ? el.value : here().params.get(name) || "";
  return h(
    "label",
    { key: name, class: "field grow" },
    h("span", null, label),
    h("input", {
      type: "search",
      name,
      placeholder,
      autocomplete: "off",
      spellcheck: "false",
      maxlength: 200,
      value,
      on: {
        input: (e) => typed(name, e.target.value),
        change: (e) => settled(name, e.target.value),
      },
    }),
  );
}

export function select(name, label, options, any) {
  const value = here().params.get(name) || "";
  const known = options.some(([v]) => v === value);
  return h(
    "label",
    { key: name, class: "field" },
    h("span", null, label),
    h(
      "select",
      {
        name,
        value,
        class: value ? "set" : null,
        on: { change: (e) => setParams({ [name]: e.target.value }) },
      },
      h("option", { value: "" }, any),
      options.map(([v, text]) => h("option", { key: v, value: v }, text)),
      value && !known && h("option", { key: value, value }, value),
    ),
  );
}

/* Several may be pressed; none pressed means all. */
export function chips(name, label, options) {
  const chosen = new Set((here().params.get(name) || "").split(",").filter(Boolean));
  const toggle = (v) => {
    if (!chosen.delete(v)) chosen.add(v);
    setParams({ [name]: [...chosen].join(",") });
  };
  return h(
    "div",
    { key: name, class: "chips", role: "group", "aria-label": label },
    options.map(([v, content]) =>
      h(
        "button",
        {
          key: v,
          type: "button",
          class: "chip",
          "aria-pressed": chosen.has(v) ? "true" : "false",
          on: { click: () => toggle(v) },
        },
        content,
      ),
    ),
  );
}

export function clear(names) {
  const params = here().params;
  if (!names.some((n) => params.get(n))) return null;
  return button(S.clearFilters, () => setParams(Object.fromEntries(names.map((n) => [n, ""]))), {
    class: "quiet",
    key: "clear",
  });
}
