/*
 * look: every page of www/, as served by fixture.py, in Debian's chromium: in both themes, wide and
 * at 320 px.
 *
 * node look.mjs URL [FOLDER]     with a folder, screenshots go there
 *
 * Fails on: a script error, a breach of the content security policy, an alert (a hostile name that
 * ran), anything that axe-core finds, a page wider than its window.
 */
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [base, folder] = process.argv.slice(2);
const axe = createRequire(import.meta.url)("axe-core").source;
const SIZES = { wide: [1360, 900], narrow: [320, 700] };
let passed = 0;
let failed = 0;

function verdict(ok, what) {
  if (ok) passed++;
  else failed++;
  if (!ok) console.log("FAIL " + what);
}

async function routes(request) {
  const of = async (state) =>
    (await (await request.get(base + `api/v1/documents?state=${state}&limit=300`)).json()).items;
  const done = (await of("done&tier=bad")).find((d) => d.tiers && d.tiers.ocr) || (await of("done"))[0];
  const failed_ = (await of("failed"))[0];
  return {
    overview: "#/overview",
    hosts: "#/hosts",
    documents: "#/documents",
    hostile: "#/documents?prefix=incoming/mail/&sort=path",
    failed: "#/failed",
    "document-done": "#/document/" + done.id,
    "document-failed": "#/document/" + failed_.id,
    journal: "#/journal",
    settings: "#/settings",
    help: "#/help",
  };
}

async function look(browser, theme, size, list) {
  const [width, height] = SIZES[size];
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
  });
  for (const [name, hash] of Object.entries(list)) {
    const page = await context.newPage();
    const wrong = [];
    page.on("pageerror", (e) => wrong.push("error: " + e.message));
    page.on("console", (m) => m.type() === "error" && wrong.push("console: " + m.text()));
    page.on("dialog", (d) => {
      wrong.push("a name ran: " + d.message());
      d.dismiss();
    });
    await page.goto(base + hash);
    await page.waitForSelector("h1");
    await page.waitForTimeout(700);
    const what = `${name} ${theme} ${size}`;
    verdict(wrong.length === 0, `${what}: ${wrong.join("; ")}`);
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    verdict(over <= 0, `${what}: ${over} px wider than the window`);
    await page.evaluate(axe);
    const found = await page.evaluate(async () =>
      (await window.axe.run()).violations.map(
        (v) =>
          `${v.id} (${v.nodes.length}): ${v.nodes
            .slice(0, 2)
            .map((n) => n.target + " " + (n.any[0] ? n.any[0].message : n.html.slice(0, 90)))
            .join(" | ")}`,
      ),
    );
    verdict(found.length === 0, `${what}: ${found.join("\n     ")}`);
    if (folder)
      await page.screenshot({
        path: `${folder}/${name}-${theme}-${size}.png`,
        fullPage:
          size === "narrow"
            ? name !== "documents" && name !== "journal" && name !== "failed" && name !== "hostile"
            : name !== "documents" && name !== "journal" && name !== "failed",
      });
    await page.close();
  }
  await context.close();
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  const context = await browser.newContext();
  const list = await routes(context.request);
  const only = (process.env.ONLY || "").split(",").filter(Boolean);
  const chosen = Object.fromEntries(
    Object.entries(list).filter(([k]) => only.length === 0 || only.includes(k)),
  );
  for (const theme of (process.env.THEMES || "light,dark").split(","))
    for (const size of (process.env.SIZES || "wide,narrow").split(","))
      await look(browser, theme, size, chosen);
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
