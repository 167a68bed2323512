/*
 * page: what www/ does, in Debian's chromium, on the made-up documents of fixture.py (which it
 * starts, and ends): news without a reload, focus that stays, the display held still, filters in
 * the address, a bulk retry that is counted first, hostile names that stay names, asking where
 * there are no events, and a share or a spoold that is gone.
 *
 * node page.mjs [FOLDER]        with a folder, screenshots of dialogs and banners go there
 */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2];
const WAIT = 30000;
let passed = 0;
let failed = 0;
let port = 8660;
const running = new Set();

function check(ok, what) {
  if (ok) passed++;
  else failed++;
  console.log((ok ? "ok   " : "FAIL ") + what);
}

/* A fixture of its own for a test; ended by the process that was started, and no other. */
async function serve(...flags) {
  const at = ++port;
  const child = spawn("python3", [join(here, "fixture.py"), "--port", String(at), ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("exit", () => reject(new Error("the fixture has ended")));
  });
  return {
    url: `http://127.0.0.1:${at}/`,
    end: () =>
      new Promise((resolve) => {
        child.once("exit", resolve);
        child.kill();
      }),
  };
}

async function open(browser, url, hash) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 820 } });
  page.setDefaultTimeout(WAIT);
  page.wrong = [];
  page.on("pageerror", (e) => page.wrong.push(e.message));
  page.on("dialog", (d) => {
    page.wrong.push("a dialog: " + d.message());
    d.dismiss();
  });
  await page.goto(url + hash);
  await page.waitForSelector("#title");
  return page;
}

const shot = (page, name) => folder && page.screenshot({ path: join(folder, name + ".png") });
const mode = (page, m) => page.waitForSelector(".fresh.m-" + m);

async function live(browser) {
  const s = await serve("--operate");
  const page = await open(browser, s.url, "#/overview");
  await mode(page, "live");
  const done = () => page.textContent(".c-done b");
  const before = await done();
  await page.waitForFunction((b) => document.querySelector(".c-done b").textContent !== b, before);
  check(true, "what is done on a host turns up without a reload");

  await page.focus(".c-failed a");
  const node = await page.evaluateHandle(() => document.activeElement);
  await page.waitForTimeout(1600);
  check(
    await page.evaluate((n) => document.activeElement === n && n.isConnected, node),
    "focus stays where it was while the page is drawn anew",
  );

  await page.click("button[aria-pressed=false]:has-text('Freeze')");
  await mode(page, "frozen");
  const still = await page.textContent("#main");
  await page.waitForTimeout(3000);
  check((await page.textContent("#main")) === still, "a frozen display stands still");
  await page.click("button:has-text('Go live')");
  await mode(page, "live");
  await page.waitForFunction((b) => document.querySelector("#main").textContent !== b, still);
  check(true, "and moves again");
  check(
    (await page.textContent("#spoken")).includes("failed"),
    "a summary is there for those who listen",
  );
  check(page.wrong.length === 0, "no error: " + page.wrong.join("; "));
  await page.close();
  await s.end();
}

async function filters(browser) {
  const s = await serve("--operate", "--still");
  const page = await open(browser, s.url, "#/documents");
  await page.waitForSelector("tbody tr");
  await page.click(".chip:has-text('Failed')");
  await page.waitForFunction(() => location.hash.includes("state=failed"));
  await page.fill("input[name=text]", "password");
  await page.waitForFunction(() => location.hash.includes("text=password"));
  await page.waitForFunction(() =>
    [...document.querySelectorAll("tbody tr")].every((r) => r.textContent.includes("password")),
  );
  const rows = await page.textContent(".row.above p");
  await page.goto("about:blank");
  await page.goto(s.url + "#/documents?state=failed&text=password");
  await page.waitForFunction((t) => {
    const p = document.querySelector(".row.above p");
    return p && p.textContent === t;
  }, rows);
  check(
    (await page.inputValue("input[name=text]")) === "password",
    "a bookmark brings back what was found, and how",
  );
  await page.click("th button:has-text('Size')");
  await page.waitForSelector("th[aria-sort=descending]:has-text('Size')");
  check(page.url().includes("sort=-size"), "the sort is in the address, and told");
  await page.close();
  await s.end();
}

async function retry(browser) {
  const s = await serve();
  const page = await open(browser, s.url, "#/failed");
  const group = page.locator(".group").first();
  const count = Number(await group.locator(".many b").textContent());
  await group.locator("button:has-text('Retry these')").click();
  await page.waitForSelector("dialog input[type=password]");
  await shot(page, "dialog-token");
  await page.fill("input[name=token]", "wrong");
  await page.click("dialog button[type=submit]");
  await page.waitForSelector("dialog [role=alert]");
  check(
    (await page.textContent("dialog [role=alert]")).includes("not the token"),
    "a wrong token is refused",
  );
  await page.fill("input[name=token]", "look");
  await page.click("dialog button[type=submit]");
  await page.waitForSelector(`dialog h2:has-text('Retry ${count} documents?')`);
  await shot(page, "dialog-retry");
  check(
    Number(await group.locator(".many b").textContent()) === count,
    "a bulk retry is counted first, and nothing is done yet",
  );
  await page.click("dialog button[type=submit]");
  await page.waitForSelector(`.toast:has-text('${count} documents will be tried again')`);
  await page.waitForFunction(
    (n) => !document.querySelector(".groups").textContent.includes(n),
    "a password is needed",
  );
  await shot(page, "toast");
  check(
    page.wrong.length === 0,
    "after the agreement it is done, and the group is gone " + page.wrong.join("; "),
  );
  await page.close();
  await s.end();
}

async function upload(browser) {
  const s = await serve("--operate", "--still");
  const page = await open(browser, s.url, "#/documents");
  await page.waitForSelector("tbody tr");
  await page.setInputFiles("input[type=file]", [
    { name: "100 % new.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7") },
    { name: "nothing.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(0) },
  ]);
  await page.waitForSelector(
    ".toast:has-text('1 document sent to pending/, 1 not. nothing.pdf: it is empty')",
  );
  const known = await page.evaluate(async () => {
    const answer = await fetch("/api/v1/documents?state=pending&text=new.pdf");
    return (await answer.json()).items.map((d) => d.path);
  });
  check(known.includes("100 %25 new.pdf"), "a file is sent under its name, an empty one is told");
  await page.close();
  await s.end();
}

async function hostile(browser) {
  const s = await serve("--still");
  const page = await open(browser, s.url, "#/documents?text=incoming/mail/%3Cimg");
  await page.waitForSelector("tbody tr");
  check(
    (await page.textContent("tbody .name")).startsWith("<img src=x onerror=alert(1)>"),
    "a name of markup is shown as it is",
  );
  check((await page.locator("main img, main script").count()) === 0, "and makes no element");
  await page.goto(s.url + "#/document/<img src=x onerror=alert(1)>?page=javascript:1");
  await page.waitForSelector(".notice.error");
  await page.goto(s.url + "#/documents?sort=onclick&state=<b>&host=%22%3E");
  await page.waitForSelector("#title");
  await page.waitForTimeout(500);
  check(
    page.wrong.length === 0,
    "nor does an address of markup run anything: " + page.wrong.join("; "),
  );
  await page.close();
  await s.end();
}

async function trouble(browser) {
  let s = await serve("--no-events", "--operate");
  let page = await open(browser, s.url, "#/overview");
  await mode(page, "polling");
  const before = await page.textContent(".c-done b");
  await page.waitForFunction((b) => document.querySelector(".c-done b").textContent !== b, before);
  check(true, "without events the page asks, and moves");
  await s.end();
  await mode(page, "lost");
  check(
    (await page.textContent(".banner")).includes("spoold has not answered since"),
    "a spoold that is gone is told, and what is shown stays",
  );
  check((await page.textContent(".c-done b")).length > 0, "the last figures are still there");
  await shot(page, "banner-lost");
  await page.close();

  s = await serve("--dead-share", "--paused");
  page = await open(browser, s.url, "#/overview");
  await page.waitForSelector(".banner:has-text('The share has not answered since')");
  await page.waitForSelector(".banner:has-text('Paused')");
  await shot(page, "banner-share");
  check(true, "a share that is gone is told, and a pause");
  await page.close();
  await s.end();

  s = await serve("--empty");
  page = await open(browser, s.url, "#/overview");
  await page.waitForSelector(".big:has-text('Nothing here yet')");
  await shot(page, "empty");
  check(page.wrong.length === 0, "an empty spool has a page, too");
  await page.close();
  await s.end();
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  for (const test of [live, filters, retry, upload, hostile, trouble])
    try {
      await test(browser);
    } catch (e) {
      check(false, `${test.name}: ${e.message.split("\n")[0]}`);
    }
} finally {
  for (const child of running) child.kill();
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
