/*
 * words: www/js/strings.js against those who use it: nothing is used that is not there, nothing is
 * there that is not used, and each state, outcome, class, tier, stage and event of
 * docs/openapi.yaml has its word; and nothing that could make markup out of a name. Needs no
 * browser.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const js = join(here, "..", "..", "www", "js");
const text = readFileSync(join(js, "strings.js"), "utf8");
const { S } = await import("data:text/javascript," + encodeURIComponent(text));
let passed = 0;
let failed = 0;

function check(missing, what) {
  if (missing.length === 0) passed++;
  else {
    failed++;
    console.log(`FAIL ${what}: ${missing.join(", ")}`);
  }
}

const files = readdirSync(js, { recursive: true }).filter(
  (f) => f.endsWith(".js") && f !== "strings.js",
);
const source = files.map((f) => readFileSync(join(js, f), "utf8")).join("\n");
const used = new Set([...source.matchAll(/\bS((?:\.[a-zA-Z]+)+)/g)].map((m) => m[1].slice(1)));
const isText = (v) => typeof v === "string" || typeof v === "function" || Array.isArray(v);

/* As far as the path leads to a text: what follows are methods of it. */
function found(path) {
  let at = S;
  for (const part of path.split(".")) {
    if (isText(at)) return true;
    at = at[part];
    if (at === undefined) return false;
  }
  return true;
}

function texts(node, path) {
  return Object.entries(node).flatMap(([k, v]) =>
    isText(v) ? [[...path, k].join(".")] : texts(v, [...path, k]),
  );
}

/* Whole tables are used by index (S.state[s]), and count as used. */
const isUsed = (path) =>
  path.split(".").some((_, i, parts) => {
    const lead = parts.slice(0, i + 1).join(".");
    return (
      used.has(lead) &&
      (i === parts.length - 1 ||
        source.includes(`S.${lead}[`) ||
        source.includes(`S.${lead})`) ||
        source.includes(`S.${lead},`))
    );
  }) || [...used].some((u) => u.startsWith(path + "."));

/*
 * What makes elements out of text, or runs it; only dom.js makes elements, and never out of text.
 */
const sinks =
  /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|setTimeout\(["'`]/;
const makers = /createElement|setAttribute\(/;
check(
  files.filter((f) => {
    const text = readFileSync(join(js, f), "utf8");
    return sinks.test(text) || (f !== "dom.js" && makers.test(text));
  }),
  "files that could make markup out of text",
);
const html = readFileSync(join(js, "..", "index.html"), "utf8");
check(
  html.match(/<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=|https?:/g) || [],
  "what the policy forbids in index.html",
);

const contract = readFileSync(join(here, "..", "..", "docs", "openapi.yaml"), "utf8");
const names = (schema) =>
  contract
    .match(new RegExp(`^    ${schema}: \\{type: string, enum: \\[([^\\]]+)\\]`, "m"))[1]
    .split(", ");
const hostStates = contract.match(/enum: \[(starting, [a-z, ]+)\]/)[1].split(", ");

check(
  [...used].filter((u) => !found(u)),
  "used, but not there",
);
check(
  texts(S, []).filter((t) => !isUsed(t)),
  "there, but not used",
);
check(
  names("State").filter((n) => !S.state[n] || !S.stateMeaning[n]),
  "states without a word",
);
check(
  hostStates.filter((n) => !S.state[n] || !S.hostMeaning[n]),
  "states of a host without a word",
);
check(
  names("Outcome").filter((n) => !S.outcome[n] || (n !== "failed" && !S.outcomeMeaning[n])),
  "outcomes without a word",
);
check(
  names("Class").filter((n) => !S.class[n] || !S.classMeaning[n]),
  "classes without a word",
);
check(
  names("Tier").filter((n) => !S.tier[n] || !S.tierMeaning[n]),
  "tiers without a word",
);
check(
  names("Stage").filter((n) => !S.stage[n]),
  "stages without a word",
);
check(
  names("Need").filter((n) => !S.need[n]),
  "needs without a word",
);
check(
  names("JournalKind").filter((n) => !S.event[n]),
  "events without a word",
);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
