// Opens pages in headless Chromium and looks at what only a browser can tell: that nothing is asked of any network, that no
// script fails, that content stays content, that charts are drawn, filters filter, and nobody is shut out (axe-core).
//
//   NODE_PATH=…/node_modules node tests/browser/pages.cjs FOLDER [--shots FOLDER]
//
// FOLDER holds `NAME.html`, or `NAME/index.html`; a check of its own for a page stands under its name in `own`. Content that
// must stay inert sets `window.hit`, or asks for a file beside the page. Exit status 1 when anything is wrong.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");
const axe = require("axe-core");

const [folder, flag, shots] = process.argv.slice(2);
if (!folder || (flag && (flag !== "--shots" || !shots))) {
  console.error("usage: pages.cjs FOLDER [--shots FOLDER]");
  process.exit(2);
}

const pages = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry) => {
  if (entry.isFile() && entry.name.endsWith(".html")) return [[entry.name.slice(0, -5), path.join(folder, entry.name)]];
  const inside = path.join(folder, entry.name, "index.html");
  return entry.isDirectory() && fs.existsSync(inside) ? [[entry.name, inside]] : [];
});
if (pages.length === 0) {
  console.error(`${folder}: no pages`);
  process.exit(2);
}

const mistakes = [];
let name = "";
const must = (holds, what) => {
  if (!holds) mistakes.push(`${name}: ${what}`);
};

// The filters of a replay's list: every choice shows what it says, together they show nothing else, and all are shown again.
async function replayed(page) {
  const state = () =>
    page.evaluate(() => ({
      found: Number.parseInt(document.getElementById("found").textContent, 10),
      shown: [...document.querySelectorAll(".flip")].map((flip) => flip.textContent),
      flips: JSON.parse(document.getElementById("flips-data").textContent),
    }));
  const all = await state();
  must(all.flips.length > 0 && all.found === all.flips.length, `${all.found} of ${all.flips.length} items are shown at first`);
  must(all.shown.length === Math.min(10, all.flips.length), `${all.shown.length} boxes are drawn`);
  const choices = (id) => page.$$eval(`#${id} option`, (options) => options.map((option) => option.value).filter(Boolean));
  const has = {
    rule: (flip, value) => [...flip.old_only, ...flip.new_only].includes(value),
    market: (flip, value) => flip.market === value,
    direction: (flip, value) => ({ other: "stricter for some, milder for others" })[flip.direction] === value || flip.direction === value,
  };
  for (const id of Object.keys(has)) {
    const values = await choices(id);
    must(values.length > 0, `the filter \`${id}\` has no choices`);
    for (const value of values) {
      await page.selectOption(`#${id}`, value);
      const now = await state();
      const right = all.flips.filter((flip) => has[id](flip, value.slice(1))).length;
      must(now.found === right && right > 0 && now.shown.length === Math.min(10, right), `${id} ${value}: ${now.found} instead of ${right}`);
    }
    await page.selectOption(`#${id}`, "");
  }
  const wanted = all.flips[0].id;
  await page.fill("#search", wanted);
  const one = await state();
  must(one.found >= 1 && one.shown.every((text) => text.includes(wanted)), `the search for an id shows ${one.found}`);
  await page.fill("#search", "");
  if (all.flips.length > 10) {
    await page.click("#more");
    must((await state()).shown.length === Math.min(110, all.flips.length), "`show more` shows no more");
  }
  must((await page.$$("mark")).length > 0, "no hit is marked");
  must((await page.$$("svg")).length >= 2, "fewer than two charts");
}

const own = { replay: replayed, "replay-hostile": replayed };

// Everything that a page should be, whoever wrote it.
async function general(page, file) {
  const state = await page.evaluate(() => {
    const box = (node) => node.getBoundingClientRect();
    const says = (node) => (node.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent.trim() || "");
    return {
      title: document.title,
      lang: document.documentElement.lang,
      words: document.body.innerText.length,
      hit: window.hit,
      drawn: [...document.querySelectorAll("svg")].map((svg) => ({
        box: box(svg).width * box(svg).height,
        bars: [...svg.querySelectorAll("rect, path, circle, line, polyline")].filter((bar) => box(bar).width + box(bar).height > 0).length,
        texts: [...(svg.querySelectorAll("text") || [])].filter((text) => box(text).left < box(svg).left - 1 || box(text).right > box(svg).right + 1).length,
        said: svg.getAttribute("role") === "img" ? says(svg).filter(Boolean).length : svg.getAttribute("aria-hidden") === "true" ? 1 : 0,
      })),
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      dead: [...document.querySelectorAll("a[href^='#']")].filter((link) => !document.getElementById(decodeURIComponent(link.hash.slice(1)))).length,
      outside: [...document.querySelectorAll("[src], link[href], a[href]:not([href^='#'])")].map((node) => node.outerHTML.slice(0, 80)),
      handlers: [...document.querySelectorAll("*")].filter((node) => [...node.attributes].some((attribute) => attribute.name.startsWith("on"))).length,
      strange: document.querySelectorAll("iframe, object, embed, img, base, form, meta[http-equiv=refresh]").length,
    };
  });
  must(state.title && state.lang && state.words > 100, `a page without ${state.title ? (state.lang ? "text" : "a language") : "a title"}`);
  must(state.hit === undefined, "content was run as a script");
  must(state.wide <= 0, `the page is ${state.wide} px wider than its window`);
  must(state.dead === 0, `${state.dead} links lead nowhere`);
  must(state.outside.length === 0, `it points outside: ${state.outside.join(" ")}`);
  must(state.handlers + state.strange === 0, `${state.handlers} handlers and ${state.strange} foreign elements in the page`);
  for (const [at, svg] of state.drawn.entries()) {
    must(svg.box > 0 && svg.bars > 0, `chart ${at + 1} is not drawn`);
    must(svg.said > 0, `chart ${at + 1} has no text alternative`);
    must(svg.texts === 0, `${svg.texts} texts of chart ${at + 1} stand outside of it`);
  }
  must(fs.statSync(file).size < 20e6, "the page has over 20 MB");
}

// What axe-core calls serious or critical.
async function accessible(page, scheme) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const fault of found.violations.filter((fault) => ["serious", "critical"].includes(fault.impact))) {
    must(false, `${scheme}: ${fault.id} (${fault.impact}) at ${fault.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}: ${fault.help}`);
  }
}

async function look(browser, file) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, colorScheme: "light" });
  const page = await context.newPage();
  const url = pathToFileURL(path.resolve(file)).href;
  page.on("request", (request) => must(request.url().split("#")[0] === url, `asks for ${request.url().slice(0, 100)}`));
  page.on("pageerror", (error) => must(false, `a script fails: ${error.message}`));
  page.on("console", (message) => must(!["error", "warning"].includes(message.type()), `the console says: ${message.text()}`));
  page.on("dialog", (dialog) => {
    must(false, "a dialog opens");
    return dialog.dismiss();
  });
  page.on("popup", () => must(false, "a window opens"));
  await page.goto(url, { waitUntil: "load" });
  await general(page, file);
  await accessible(page, "light");
  if (shots) await page.screenshot({ path: path.join(shots, `${name}-light.png`), fullPage: true });
  if (own[name]) await own[name](page);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page, "dark");
  if (shots) await page.screenshot({ path: path.join(shots, `${name}-dark.png`), fullPage: true });
  await page.setViewportSize({ width: 320, height: 800 });
  await general(page, file);
  if (shots) await page.screenshot({ path: path.join(shots, `${name}-narrow.png`), fullPage: false });
  await page.setViewportSize({ width: 1200, height: 900 });
  await page.emulateMedia({ colorScheme: "light", media: "print" });
  const hidden = await page.evaluate(() => [...document.querySelectorAll(".filters, button")].filter((node) => node.getBoundingClientRect().height > 0).length);
  must(hidden === 0, `${hidden} controls are printed`);
  const print = await page.pdf({ format: "A4", path: shots ? path.join(shots, `${name}.pdf`) : undefined });
  must(print.length > 1000, "it does not print");
  await context.close();
}

async function all() {
  if (shots) fs.mkdirSync(shots, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  for (const [page, file] of pages) {
    name = page;
    await look(browser, file);
  }
  await browser.close();
  for (const page of Object.keys(own)) {
    name = page;
    must(pages.some(([known]) => known === page), "the page was not made");
  }
  for (const mistake of [...new Set(mistakes)]) console.error(mistake);
  console.log(`${pages.length} pages in Chromium ${browser.version()}, axe-core ${axe.version}: ${mistakes.length ? `${new Set(mistakes).size} mistakes` : "nothing wrong"}`);
  process.exit(mistakes.length ? 1 : 0);
}

all().catch((error) => {
  console.error(`${name}: ${error.stack}`);
  process.exit(1);
});
