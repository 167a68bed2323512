/* help: what each word and number on these pages means. */
import { h } from "../dom.js";
import { S } from "../strings.js";
import { head } from "../bits.js";
import { stateMark } from "../marks.js";

const definitions = (list) =>
  h(
    "dl",
    { class: "glossary" },
    list.map(([term, text], i) => [
      h("dt", { key: "t" + i }, term),
      h("dd", { key: "d" + i }, text),
    ]),
  );

const block = (title, list) => h("section", null, h("h2", null, title), definitions(list));

export function help() {
  return {
    title: () => S.page.help,
    view: () => [
      head(S.page.help),
      h("p", { class: "lede" }, S.help.intro),
      h(
        "div",
        { class: "columns even" },
        h(
          "div",
          null,
          block(
            S.help.states,
            Object.entries(S.stateMeaning).map(([k, t]) => [stateMark(k), t]),
          ),
          block(
            S.help.outcomes,
            Object.entries(S.outcomeMeaning).map(([k, t]) => [S.outcome[k], t]),
          ),
          block(
            S.help.classes,
            Object.entries(S.classMeaning).map(([k, t]) => [S.class[k], t]),
          ),
        ),
        h(
          "div",
          null,
          block(
            S.help.tiers,
            Object.entries(S.tierMeaning).map(([k, t]) => [
              h(
                "span",
                { class: "tier" },
                h("span", { class: "swatch p-" + k.replace("+", "-") }),
                S.tier[k],
              ),
              t,
            ]),
          ),
          block(
            S.help.hosts,
            Object.entries(S.hostMeaning).map(([k, t]) => [stateMark(k), t]),
          ),
          block(S.help.numbers, S.help.numberList),
          block(S.help.using, S.help.usingList),
        ),
      ),
    ],
  };
}
