// Usage: node accessibility.mjs CHROMIUM FILE...
// Opens the first page at desktop and phone width, light and dark, the others once, all findings open, and prints as JSON
// what axe objects to, what the page asked the network for, what its console said, and how far it is wider than the window.
import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const axe = createRequire(import.meta.url).resolve("axe-core");
const [executablePath, ...files] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"],
});
const views = [[390, "light"], [1280, "light"], [1280, "dark"], [390, "dark"]];
const told = [];
for (const file of files) {
  for (const [width, colorScheme] of file === files[0] ? views : views.slice(0, 1)) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
    const page = await context.newPage();
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("request", (request) => /^(file|data):/.test(request.url()) || said.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.evaluate(() => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
    await page.addScriptTag({ path: axe });
    const { violations } = await page.evaluate(() => window.axe.run());
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const objections = violations.map((each) => `${each.impact} ${each.id}: ${each.nodes[0].html.slice(0, 120)}`);
    told.push({ file, width, colorScheme, objections, said, wider });
    await context.close();
  }
}
await browser.close();
console.log(JSON.stringify(told));
