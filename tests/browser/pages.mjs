// Drives Chromium over a pipe: reads pages, checks them with axe, and uses them as a person does.
//
//   node pages.mjs check AXE URL...     each page in light and dark, 1280 and 360 pixels wide; prints what is wrong
//   node pages.mjs run URL STEP...      carries out steps, each a JavaScript expression that must be true; `leave: ` goes to another page
//   node pages.mjs picture FILE WIDTH HEIGHT SCHEME URL
//
// The Content-Security-Policy of the pages is in force: axe is evaluated by the debugger, not by the page.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LIMIT = Number(process.env.PATIENCE ?? 1) * 30000;

class Browser {
  constructor() {
    this.profile = mkdtempSync(join(tmpdir(), "posemo-browser-"));
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
      "--remote-debugging-pipe", `--user-data-dir=${this.profile}`, "about:blank"];
    this.program = spawn("chromium", flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], detached: true });
    this.number = 0;
    this.waiting = new Map();
    this.events = [];
    let rest = "";
    this.program.stdio[4].on("data", (data) => {
      const parts = (rest + data).split("\0");
      rest = parts.pop();
      for (const part of parts) this.take(JSON.parse(part));
    });
  }

  take(message) {
    const waiting = this.waiting.get(message.id);
    if (!waiting) return this.events.push(message);
    this.waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
    else waiting.resolve(message.result);
  }

  send(method, params = {}, sessionId = this.session) {
    const id = ++this.number;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${method}: no answer`)), LIMIT);
      const done = (then) => (value) => { clearTimeout(late); then(value); };
      this.waiting.set(id, { resolve: done(resolve), reject: done(reject), method });
      this.program.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    });
  }

  async open() {
    const { targetInfos } = await this.send("Target.getTargets", {}, undefined);
    const page = targetInfos.find((one) => one.type === "page");
    const { sessionId } = await this.send("Target.attachToTarget", { targetId: page.targetId, flatten: true }, undefined);
    this.session = sessionId;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
  }

  async look(width, height, scheme) {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  }

  async until(what, condition) {
    const end = Date.now() + LIMIT;
    while (Date.now() < end) {
      if (await condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${what}: not within ${LIMIT / 1000} s`);
  }

  async go(url) {
    this.events = [];
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await this.loaded(url);
  }

  async loaded(what) {
    await this.until(what, () => this.events.some((one) => one.method === "Page.loadEventFired"));
  }

  async evaluate(expression) {
    const answer = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
    return answer.result.value;
  }

  // What the page wrote to the console, and what the browser refused.
  messages() {
    const texts = this.events.map((one) => {
      if (one.method === "Log.entryAdded") return `${one.params.entry.text} ${one.params.entry.url ?? ""}`;
      if (one.method === "Runtime.consoleAPICalled") return one.params.args.map((arg) => arg.value ?? arg.description).join(" ");
      if (one.method === "Runtime.exceptionThrown") return one.params.exceptionDetails.exception?.description ?? one.params.exceptionDetails.text;
      return undefined;
    });
    return texts.filter((text) => text !== undefined);
  }

  end() {
    // The program has processes of the same group, which write to the profile until they end.
    this.program.on("exit", () => rmSync(this.profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
    process.kill(-this.program.pid, "SIGKILL");
  }
}

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function check(browser, axe, urls) {
  const source = readFileSync(axe, "utf8");
  const wrong = [];
  let rules = 0;
  for (const url of urls) {
    for (const scheme of ["light", "dark"]) {
      for (const [width, height] of [[1280, 900], [360, 740]]) {
        const where = `${url} ${scheme} ${width}`;
        await browser.look(width, height, scheme);
        await browser.go(url);
        for (const message of browser.messages()) wrong.push(`${where}: console: ${message}`);
        const wide = await browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        if (wide > 0) wrong.push(`${where}: the page is ${wide} pixels too wide`);
        // Everything is checked, also what is folded.
        await browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        await browser.evaluate(source);
        const found = await browser.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ["violations"] })
          .then((all) => ({ rules: all.passes.length, wrong: all.violations.map((one) =>
            one.id + ": " + one.help + ": " + one.nodes.slice(0, 3).map((node) => node.html + " " + (node.failureSummary ?? "")).join(" | ")) }))`);
        rules += found.rules;
        for (const one of found.wrong) wrong.push(`${where}: ${one}`);
      }
    }
  }
  if (rules === 0) wrong.push("axe applied no rule");
  return wrong;
}

async function run(browser, url, steps) {
  await browser.look(1280, 900, "light");
  await browser.go(url);
  for (const step of steps) {
    const leaves = step.startsWith("leave: ");
    const expression = leaves ? step.slice("leave: ".length) : step;
    browser.events = leaves ? [] : browser.events;
    let result;
    try {
      result = await browser.evaluate(leaves ? `${expression}, true` : expression);
    } catch (error) {
      result = error;
    }
    if (result !== true) {
      return [`${step}: ${result}; ${await browser.evaluate("location.href + ' ' + document.body.innerText.slice(0, 2000)")}`];
    }
    if (leaves) await browser.loaded(step);
  }
  return browser.messages();
}

const [, , command, ...rest] = process.argv;
const browser = new Browser();
let wrong;
try {
  await browser.open();
  if (command === "check") wrong = await check(browser, rest[0], rest.slice(1));
  else if (command === "run") wrong = await run(browser, rest[0], rest.slice(1));
  else if (command === "picture") {
    const [file, width, height, scheme, url] = rest;
    await browser.look(Number(width), Number(height), scheme);
    await browser.send("Emulation.setScrollbarsHidden", { hidden: true });
    await browser.go(url);
    const { data } = await browser.send("Page.captureScreenshot", { format: "png" });
    writeFileSync(file, Buffer.from(data, "base64"));
    wrong = [];
  } else wrong = [`unknown command ${command}`];
} catch (error) {
  wrong = [String(error.stack ?? error)];
}
browser.end();
for (const line of wrong) console.log(line);
process.exitCode = wrong.length === 0 ? 0 : 1;
