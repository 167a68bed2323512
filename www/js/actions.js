/*
 * actions: what changes something. A bulk action is first run dry; the person sees the count, and
 * agrees to that count.
 */
import * as api from "./api.js";
import { h } from "./dom.js";
import { count } from "./format.js";
import { ask, say } from "./dialogs.js";
import { pathText } from "./bits.js";
import { operator } from "./session.js";
import { S } from "./strings.js";

const SAMPLE = 6;
const ASK_MS = 5000; // without news of an action that runs: ask for it
const running = new Map(); // timers, by the action's id

/* Long actions go on after their answer; their events come here. */
export function takeAction(action) {
  if (!action.id || action.total === 0) return;
  clearTimeout(running.get(action.id));
  if (action.state === "running") {
    running.set(action.id, setTimeout(askAgain, ASK_MS, action.id));
    say(S.action.running(action), "busy", action.id);
  } else {
    running.delete(action.id);
    tell(action);
  }
}

/* Events may be missed, or there are none; and a spoold that was started anew knows no action of
 * before. */
async function askAgain(id) {
  try {
    takeAction(await api.get("/actions/" + id));
  } catch (e) {
    if (e.code === "unknown-action") {
      running.delete(id);
      say(S.action.brokenOff, "error", id);
    } else {
      running.set(id, setTimeout(askAgain, ASK_MS, id));
    }
  }
}

function tell(action) {
  const id = action.id || undefined;
  if (action.failed)
    say(
      S.action.partly(
        action.kind,
        action.done,
        action.failed,
        action.problems[0] ? action.problems[0].message : "",
      ),
      "error",
      id,
    );
  else say(S.action.ended(action), "done", id);
}

/* Those that something would be done to. */
const willBe = (dry) => dry.total - dry.skipped;

function preview(action) {
  const classes = Object.entries(action.by_class).sort((a, b) => b[1] - a[1]);
  return () => [
    h("p", null, S.action.question(action.kind)),
    classes.length > 0 &&
      h(
        "ul",
        { class: "counts" },
        classes.map(([c, n]) => h("li", { key: c }, h("b", null, count(n)), " ", S.class[c] || c)),
      ),
    action.sample.length > 0 &&
      h(
        "ul",
        { class: "sample" },
        action.sample.slice(0, SAMPLE).map((p, i) => h("li", { key: i }, pathText(p))),
        willBe(action) > Math.min(SAMPLE, action.sample.length) &&
          h(
            "li",
            { class: "soft" },
            S.action.more(willBe(action) - Math.min(SAMPLE, action.sample.length)),
          ),
      ),
  ];
}

async function attempt(run) {
  try {
    return await run();
  } catch (e) {
    say(e.message, "error");
    return null;
  }
}

/* what: {ids} or {group} or {filter} or {all: true}. Resolves to true when it was done or begun. */
export async function bulk(kind, what) {
  if (!(await operator())) return false;
  const path = "/actions/" + kind;
  if (what.ids && what.ids.length === 1) {
    const action = await attempt(() => api.post(path, what));
    if (action) takeAction(action);
    return action !== null;
  }
  const dry = await attempt(() => api.post(path, { ...what, dry_run: true }));
  if (!dry) return false;
  if (willBe(dry) === 0) {
    say(S.action.nothing);
    return false;
  }
  const action = await ask({
    title: S.action.title(kind, willBe(dry)),
    yes: S.action.yes(kind, willBe(dry)),
    danger: kind === "cancel",
    body: preview(dry),
    ok: () => api.post(path, { ...what, expect: willBe(dry) }),
  });
  if (action) takeAction(action);
  return action !== null;
}

export const retry = (what) => bulk("retry", what);
export const cancel = (what) => bulk("cancel", what);

async function command(kind, body, question) {
  if (!(await operator())) return;
  const go = () => api.post("/actions/" + kind, body);
  const action = question
    ? await ask({
        title: question.title,
        yes: question.yes,
        body: () => h("p", null, question.text),
        ok: go,
      })
    : await attempt(go);
  if (action) say(S.action.said(kind, body.host));
}

export const pause = () => command("pause", {}, S.action.pause);
export const resume = () => command("resume", {});
export const drain = (host) => command("drain", { host }, S.action.drain(host));
export const undrain = (host) => command("undrain", { host });
