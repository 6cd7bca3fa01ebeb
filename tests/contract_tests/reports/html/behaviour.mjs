// Usage: node behaviour.mjs CHROMIUM FILE
// Uses the page as a reader does, under its own policy, and prints as JSON what came of it.
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

const [executablePath, file] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
await context.grantPermissions(["clipboard-read", "clipboard-write"]);
const page = await context.newPage();
const said = [];
page.on("console", (message) => said.push(message.text()));
page.on("pageerror", (error) => said.push(String(error)));
await page.goto(pathToFileURL(file).href);
const shown = () => page.evaluate(() => [...document.querySelectorAll(".finding")].filter((each) => !each.closest("[hidden]")).map((each) => each.dataset.rule));
const rows = () => page.evaluate(() => [...document.querySelectorAll(".matrix tbody tr")].filter((each) => !each.hidden).length);
const told = { all: await shown(), rows: await rows() };

await page.check('input[value="SHOULD"]');
told.should = await shown();
await page.click("#clear");
await page.check('input[value="accepted"]');
told.accepted = await shown();
told.acceptedRows = await rows();
await page.click("#clear");
await page.selectOption("#family", "LIST");
told.family = await shown();
await page.click("#clear");
await page.selectOption("#operation", "listModelConfigs");
told.operation = await shown();
await page.click("#clear");
await page.fill("#search", "no such thing");
told.none = await shown();
told.status = await page.textContent("#told");
told.empty = await page.isVisible("#no-findings");
await page.click("#clear");
told.cleared = await shown();

await page.click(".finding[open] .copy");
told.copied = await page.evaluate(() => navigator.clipboard.readText());
await page.click("#theme");
told.theme = await page.evaluate(() => document.documentElement.dataset.theme);
await page.reload();
told.remembered = await page.evaluate(() => document.documentElement.dataset.theme);
await page.keyboard.press("Tab");
told.first = await page.evaluate(() => document.activeElement.textContent);
await page.click('.matrix td[data-outcome="warn"] a');
// The page hears of a new fragment after the click has returned.
await page.waitForFunction(() => document.activeElement !== document.body);
told.linked = await page.evaluate(() => [document.activeElement.tagName, document.activeElement.parentElement.open, document.activeElement.parentElement.dataset.rule]);
told.said = said;
await browser.close();
console.log(JSON.stringify(told));
