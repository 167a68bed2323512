/*
 * latency: Debian's chromium on the page of a real spoold, for latency.py: says when each row and
 * number was painted.
 *
 * node latency.mjs URL [--only-push]     ends when its standard input does
 *
 * One line of JSON each: {"ready": true} when both pages are live; {"row": path, "at": ms} when the
 * row of a document that is done or failed was painted; {"done": n, "at": ms} when that number stood
 * on the overview; at the end {"loads": n, "asked": n, "events": {type: [ms, ...]}, "wrong": [...]}.
 * Times are this machine's clock, in ms since 1970, of the second frame after the change: the first
 * has been shown by then.
 * With --only-push the list of documents cannot be fetched again once it was shown: rows can come by
 * events alone.
 */
import { chromium } from "playwright-core";

const [base, onlyPush] = process.argv.slice(2);
const WAIT = 30000;
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");

/* In the page, before anything of it runs. */
function instrument() {
  const now = () => performance.timeOrigin + performance.now();
  window.seen = { events: {} };
  const Real = window.EventSource;
  window.EventSource = class extends Real {
    addEventListener(type, ...rest) {
      super.addEventListener(type, () => (window.seen.events[type] ||= []).push(now()));
      super.addEventListener(type, ...rest);
    }
  };
  const told = new Set();
  function look() {
    const found = [];
    for (const row of document.querySelectorAll("table.rows tbody tr")) {
      const link = row.querySelector("a.doc");
      if (link && row.querySelector(".state.s-done, .state.s-failed")) found.push({ row: link.title });
    }
    const done = document.querySelector(".c-done b");
    if (done) found.push({ done: Number(done.textContent.replace(/\D/g, "")) });
    const fresh = found.filter((x) => !told.has(JSON.stringify(x)));
    if (fresh.length === 0) return;
    for (const x of fresh) told.add(JSON.stringify(x));
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const at = now();
        for (const x of fresh) window.tell({ ...x, at });
      }),
    );
  }
  addEventListener("DOMContentLoaded", () =>
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    }),
  );
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const wrong = [];
let loads = 0;
let asked = 0;

/* Each in a context of its own: both are visible, as far as they know. */
async function open(hash) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 820 } });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  page.on("pageerror", (e) => wrong.push(e.message));
  page.on("load", () => loads++);
  await page.exposeFunction("tell", say);
  await page.addInitScript(instrument);
  await page.goto(base + hash);
  await page.waitForSelector(".fresh.m-live");
  return page;
}

try {
  const documents = await open("#/documents");
  const overview = await open("#/overview");
  await documents.waitForFunction(() => document.querySelector(".row.above p"));
  await documents.route("**/api/v1/documents?*", (route) => {
    asked++;
    return onlyPush ? route.abort() : route.continue();
  });
  say({ ready: true });
  await new Promise((resolve) => process.stdin.on("end", resolve).resume());
  const events = {
    ...(await overview.evaluate(() => window.seen.events)),
    documents: await documents.evaluate(() => window.seen.events.documents || []),
  };
  say({ loads, asked, events, wrong });
} finally {
  await browser.close();
}
