/*
 * acting: what a person has done on the page, in Debian's chromium, by a real spoold; acting.py
 * --browser starts that, on thousands of failed documents, and looks at the tree afterwards.
 *
 * node acting.mjs URL TOKEN COUNT [FOLDER]    COUNT: how many are failed, in two classes; with a
 *                                             folder, screenshots go there
 */
import { join } from "node:path";
import { chromium } from "playwright-core";

const [url, token, countText, folder] = process.argv.slice(2);
const COUNT = Number(countText);
const WAIT = 30000;
let passed = 0;
let failed = 0;

function check(ok, what) {
  if (ok) passed++;
  else failed++;
  console.log((ok ? "ok   " : "FAIL ") + what);
}

const n = (v) => v.toLocaleString("en");
const shot = (page, name) => folder && page.screenshot({ path: join(folder, name + ".png") });
const toast = (page, text) => page.waitForSelector(`.toast:has-text('${text}')`);
/* The last by its path: one of those of the smaller group, of 20. */
async function one(page) {
  const row = page.locator("table tbody tr").first();
  const path = await row.locator("a").first().textContent();
  await row.locator("button:has-text('Retry')").click();
  await page.waitForSelector("dialog input[type=password]");
  await page.fill("input[name=token]", token);
  await page.click("dialog button[type=submit]");
  await toast(page, "1 document will be tried again");
  await page.waitForFunction(
    (p) => ![...document.querySelectorAll("table tbody tr a")].some((a) => a.textContent === p),
    path,
  );
  check(true, "one is retried by its row, and the row goes by itself");
}

async function dialog(page, button, title) {
  await page.click(button);
  await page.waitForSelector(`dialog h2:has-text('${title}')`);
}

async function group(page) {
  await dialog(page, ".group:has-text('Over a limit') button:has-text('Retry these')", "Retry 19 documents?");
  await page.click("dialog button:has-text('Close')");
  check((await page.locator(".group").count()) === 2, "who does not agree has done nothing");
  await dialog(page, ".group:has-text('Over a limit') button:has-text('Retry these')", "Retry 19 documents?");
  await shot(page, "acting-dialog");
  await page.click("dialog button[type=submit]");
  await toast(page, "19 documents will be tried again");
  await page.waitForFunction(() => document.querySelectorAll(".group").length === 1);
  check(true, "a group is retried after its count was agreed to, and is gone");
}

/* Which says how far it is, and at last what has come of it. */
async function all(page, left) {
  await dialog(page, "button:has-text('Retry all')", `Retry ${n(left)} documents?`);
  await page.evaluate(() => {
    window.said = new Set();
    new MutationObserver(() => {
      for (const t of document.querySelectorAll(".toast p")) window.said.add(t.textContent);
    }).observe(document.getElementById("toasts"), { subtree: true, childList: true, characterData: true });
  });
  await page.click("dialog button[type=submit]");
  await toast(page, `${n(left)} documents will be tried again`);
  await shot(page, "acting-all");
  const said = await page.evaluate(() => [...window.said]);
  check(
    said.some((t) => / of .* documents …/.test(t)),
    "all: the page tells how far it is: " + said.slice(0, 4).join(" | "),
  );
  await page.waitForSelector(".empty");
  check(true, "none is failed any more");
}

async function cancel(page) {
  await page.goto(url + "#/documents?state=waiting&prefix=00/");
  await page.waitForSelector("table tbody input[type=checkbox]");
  const boxes = page.locator("table tbody input[type=checkbox]");
  for (let i = 0; i < 3; i++) await boxes.nth(i).check();
  await page.click("button:has-text('Cancel 3')");
  await page.waitForSelector("dialog h2:has-text('Cancel 3 documents?')");
  await page.click("dialog button[type=submit]");
  await toast(page, "3 documents will be cancelled");
  check(true, "three that wait are cancelled");
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 820 } });
const wrong = [];
page.setDefaultTimeout(WAIT);
page.on("pageerror", (e) => wrong.push(e.message));
try {
  await page.goto(url + "#/failed");
  await page.waitForSelector(".group");
  await one(page);
  await group(page);
  await all(page, COUNT - 20);
  await cancel(page);
} catch (e) {
  check(false, e.message);
  await shot(page, "acting-failed");
}
check(wrong.length === 0, "no error: " + wrong.join("; "));
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
