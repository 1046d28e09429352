// The bench in a real browser: `sling bench` as it is built, driven as people drive it, by mouse, touch and keyboard alone;
// the tones that it asks of Web Audio; axe's judgement; and pictures against those that were looked at. States that no sound
// server shows on demand come from the stand-in beside it.
//   node bench.mjs SLING NODE_MODULES [--page FOLDER]
// With --page the page comes from a folder instead of the program, to try a change without a build. SLING_ACCEPT=1 takes
// the pictures as they are. Pictures of failures and of differences: .check/browser/
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const [sling, modules, ...rest] = process.argv.slice(2);
if (!sling || !modules) {
    console.error("usage: node bench.mjs SLING NODE_MODULES [--page FOLDER]");
    process.exit(2);
}
const page_folder = rest[0] === "--page" ? resolve(rest[1]) : null;
process.env.NODE_MODULES = resolve(modules);
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const missing = (what) => {
    console.error(`bench.mjs: ${what} is missing`);
    process.exit(2);
};
if (!CHROMIUM) missing("chromium (apt-get install chromium)");
if (!existsSync(sling)) missing(sling);
for (const name of ["puppeteer-core", "axe-core", "pixelmatch", "pngjs", "ws"])
    if (!existsSync(join(modules, name))) missing(`the npm package ${name}`);

const require = createRequire(pathToFileURL(`${process.env.NODE_MODULES}/`));
const puppeteer = require("puppeteer-core");
const { PNG } = require("pngjs");
const pixelmatch = (await import(pathToFileURL(require.resolve("pixelmatch")))).default;
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const standin = await import("./standin.mjs");

const WORK = resolve(".check/browser");
const GOLDENS = new URL("goldens/", import.meta.url);
const STICK = process.env.SLING_STICK ?? join(dirname(resolve(sling)), "examples", "virtual_stick");
mkdirSync(WORK, { recursive: true });

// ---- What a test stands on

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/// Waits until something holds, and says what did not.
async function until(what, holds, ms = 8000) {
    const end = Date.now() + ms;
    let last;
    for (;;) {
        try {
            last = await holds();
            if (last) return last;
        } catch (error) {
            last = error.message;
        }
        if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what} (last: ${JSON.stringify(last)})`);
        await sleep(40);
    }
}

function equal(a, b, what) {
    const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
    if (x !== y) throw new Error(`${what}: ${x}, should be ${y}`);
}
function ok(holds, what) {
    if (!holds) throw new Error(what);
}
function near(a, b, off, what) {
    if (!(Math.abs(a - b) <= off)) throw new Error(`${what}: ${a}, should be ${b} ± ${off}`);
}

/// Starts `sling bench` and waits for its address.
async function bench(...args) {
    const child = spawn(sling, ["bench", ...args, "--no-open", "--port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const hear = (bytes) => (said += bytes);
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const stop = () => new Promise((done) => (child.exitCode !== null ? done() : (child.once("exit", done), child.kill())));
    children.push(stop);
    const url = await until("the bench says its address", () => {
        if (child.exitCode !== null) throw new Error(`sling bench ended with ${child.exitCode}: ${said}`);
        return /http:\/\/[\d.]+:\d+\/\S*/.exec(said)?.[0];
    }, 20000);
    return { url, stop };
}
const children = [];

/// A stick on a pseudo terminal with two sensors in its air, and what a rider with them has configured; the numbers of the
/// key are nobody's.
async function stick(name, { sensors = 2 } = {}) {
    const path = join(WORK, `${name}.tty`);
    rmSync(path, { force: true });
    let pull = null;
    if (sensors > 0) {
        if (!existsSync(STICK)) throw new Error(`${STICK} is missing: cargo build -p sling-simulator --example virtual_stick`);
        const child = spawn(STICK, ["--pty", path, "--sensors", String(sensors)], { stdio: ["pipe", "ignore", "inherit"] });
        pull = () => new Promise((done) => (child.exitCode !== null ? done() : (child.once("exit", done), child.stdin.end())));
        children.push(pull);
        await until("the stick is there", () => existsSync(path));
    }
    const worn = (site, number) => `[[sensor]]\nsite = "${site}"\nradio = "ant"\nnumber = ${number}\n`;
    const config = join(WORK, `${name}.toml`);
    writeFileSync(config, `[ant]\nnetwork_key = "00 11 22 33 44 55 66 77"\nport = "${path}"\n\n${worn("mg.right", 1)}\n${worn("vl.right", 2)}`);
    return { flags: ["--live", "--no-log", "--config", config], pull };
}

const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--force-color-profile=srgb", "--font-render-hinting=none",
        // A page that does not come from the network may not open a socket to this machine.
        ...(page_folder ? ["--disable-features=LocalNetworkAccessChecks"] : [])],
});

/// What the page asks of its socket and of Web Audio, written down before any of its scripts run.
function spy() {
    const seen = { sent: [], cues: [], tones: [] };
    window.seen = seen;
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (text) {
        seen.sent.push(JSON.parse(text));
        return send.call(this, text);
    };
    const Plain = WebSocket;
    window.WebSocket = class extends Plain {
        constructor(...all) {
            super(...all);
            this.addEventListener("message", ({ data }) => {
                if (typeof data !== "string") return;
                const message = JSON.parse(data);
                if (message.is === "cue") seen.cues.push(message);
            });
        }
    };
    const create = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
        const node = create.call(this);
        const tone = { context_s: this.currentTime };
        const [start, stop] = [node.start, node.stop];
        node.start = (at) => {
            Object.assign(tone, { start_s: at, hz: node.frequency.value, type: node.type });
            seen.tones.push(tone);
            start.call(node, at);
        };
        node.stop = (at) => {
            if (at !== undefined) tone.stop_s = at;
            stop.call(node, at);
        };
        return node;
    };
}

const DESK = { width: 1400, height: 900 };
const PHONE = { width: 360, height: 740, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const TYPES = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript" };

/// A page in a browser of its own, so that nothing is shared. `errors` is all that its console complained of.
async function open(url, { viewport = DESK, dark = false, still = false, untouched = false, at = null } = {}) {
    const page = await (await browser.createBrowserContext()).newPage();
    page.errors = [];
    page.on("console", (message) => ["error", "warn"].includes(message.type()) && page.errors.push(message.text()));
    page.on("pageerror", (error) => page.errors.push(error.message));
    await page.setViewport(viewport);
    await page.emulateMediaFeatures([
        { name: "prefers-color-scheme", value: dark ? "dark" : "light" },
        { name: "prefers-reduced-motion", value: still ? "reduce" : "no-preference" },
    ]);
    await page.evaluateOnNewDocument(spy);
    if (page_folder) {
        await page.setRequestInterception(true);
        page.on("request", (request) => {
            const path = new URL(request.url()).pathname.slice(1) || "index.html";
            const file = join(page_folder, path);
            if (!/^[a-z]+\.(html|css|js)$/.test(path) || !existsSync(file)) return request.continue();
            const headers = { "content-security-policy": standin.POLICY };
            request.respond({ body: readFileSync(file), contentType: TYPES[path.split(".").pop()], headers });
        });
    }
    await page.goto(url, { waitUntil: "load" });
    const shown = 'document.getElementById("time").value !== "" && document.querySelectorAll("#muscles tr").length > 0';
    await until("the ride is shown", () => (untouched ? look(page, shown) : page.evaluate(shown)));
    if (at !== null) await stand(page, at);
    return page;
}

/// Stops the ride, which plays from its start on, and goes to a second.
async function stand(page, s) {
    if ((await attribute(page, "#play", "aria-label")) === "Pause") await page.click("#play");
    await until("it pauses", async () => (await attribute(page, "#play", "aria-label")) === "Play");
    await go(page, String(s), s);
    await page.evaluate(() => document.activeElement.blur());
}

/// What an expression is in a page, without touching it: every other way of asking counts as a gesture of its user.
async function look(page, expression) {
    page.session ??= await page.createCDPSession();
    const { result } = await page.session.send("Runtime.evaluate", { expression, returnByValue: true, userGesture: false });
    return result.value;
}

const text = (page, selector) => page.$eval(selector, (element) => element.textContent.trim());
const time = (page) => page.$eval("#time", (element) => element.value.split(":").reduce((s, part) => s * 60 + Number(part), 0));
const attribute = (page, selector, name) => page.$eval(selector, (element, it) => element.getAttribute(it), name);
/// The display's pixels as one text.
const frame = (page) => page.$eval("#screen", (canvas) => canvas.toDataURL());
const sent = (page, act) => page.evaluate((it) => window.seen.sent.filter((message) => message.do === it).map(({ id, ...more }) => more), act);

/// To a second by the time field, as a person would.
async function go(page, words, s) {
    await page.click("#time", { count: 3 });
    await page.keyboard.type(words);
    await page.keyboard.press("Enter");
    await until(`the bench is at ${words}`, async () => (await time(page)) === s && !(await page.$(".busy")));
}

/// Waits until the display has been still for a moment and gives its pixels.
async function settled(page) {
    let before = await frame(page);
    return until("the display comes to rest", async () => {
        await sleep(250);
        const now = await frame(page);
        const same = now === before;
        before = now;
        return same ? now : false;
    });
}

async function axe(page, what) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const bad = violations.filter(({ impact }) => impact !== "minor");
    const lines = bad.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.slice(0, 4).map(({ target, any }) => `${target} ${any[0]?.message ?? ""}`).join(" | ")}`);
    ok(bad.length === 0, `axe on ${what}: ${lines.join("\n        ")}`);
}

// ---- Pictures

/// Two by two pixels become one: hinting and anti-aliasing of text are nobody's business here.
function halved(png) {
    const [w, h] = [png.width >> 1, png.height >> 1];
    const out = new PNG({ width: w, height: h });
    for (let y = 0; y < h; y += 1)
        for (let x = 0; x < w; x += 1)
            for (let c = 0; c < 4; c += 1) {
                const at = (dx, dy) => png.data[((y * 2 + dy) * png.width + x * 2 + dx) * 4 + c];
                out.data[(y * w + x) * 4 + c] = (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) >> 2;
            }
    return out;
}

/// Of the pixels of a halved picture, how many may look different (pixelmatch, threshold 0.2): other fonts move text by a
/// pixel, a panel that is elsewhere is more than that.
const TOLERANCE = 0.015;

async function golden(page, name) {
    await page.evaluate(() => {
        document.activeElement?.blur();
        scrollTo(0, 0);
    });
    // What is a matter of the machine, not of the page.
    await page.evaluate(() => ["line", "ran"].forEach((id) => (document.getElementById(id).style.visibility = "hidden")));
    await page.mouse.move(1, 1);
    await settled(page);
    await sleep(300);
    const now = halved(PNG.sync.read(Buffer.from(await page.screenshot())));
    const file = new URL(`${name}.png`, GOLDENS);
    const options = { colorType: 2, deflateLevel: 9 };
    if (process.env.SLING_ACCEPT) {
        mkdirSync(GOLDENS, { recursive: true });
        writeFileSync(file, PNG.sync.write(now, options));
        return;
    }
    ok(existsSync(file), `no golden ${name}.png: look at the page, then SLING_ACCEPT=1`);
    const then = PNG.sync.read(readFileSync(file));
    equal([now.width, now.height], [then.width, then.height], `size of ${name}`);
    const difference = new PNG({ width: now.width, height: now.height });
    const pixels = pixelmatch(now.data, then.data, difference.data, now.width, now.height, { threshold: 0.2 });
    const share = pixels / (now.width * now.height);
    console.log(`        ${name}: ${(share * 100).toFixed(2)} % of the pixels differ`);
    if (share > TOLERANCE) {
        writeFileSync(join(WORK, `${name}-now.png`), PNG.sync.write(now, options));
        writeFileSync(join(WORK, `${name}-difference.png`), PNG.sync.write(difference, options));
        throw new Error(`${name}: ${(share * 100).toFixed(2)} % differ, over ${TOLERANCE * 100} %: ${WORK}/${name}-difference.png`);
    }
}

/// A picture to look at, in .check/browser/.
const picture = (page, name) => page.screenshot({ path: join(WORK, `${name}.png`) });

/// What of everything that can be done to a ride may be pressed.
const offered = (page) => page.$$eval(".faults button, .does button", (all) => all.filter((it) => it.offsetParent && !it.disabled).map((it) => it.textContent.trim()));

// ---- The tests

const results = [];
/// SLING_TEST=words runs only the tests whose names have them.
const only = process.env.SLING_TEST ?? "";
/// Every test has a bench, pages and a limit of its own; what it opened goes with it.
async function test(name, run) {
    if (!name.includes(only)) return;
    const began = Date.now();
    const before = children.length;
    const limit = new Promise((_, fail) => setTimeout(() => fail(new Error("took longer than 90 s")), 90000).unref());
    let failed = null;
    try {
        await Promise.race([run(), limit]);
        for (const page of await all_pages()) equal(page.errors ?? [], [], "on the console");
    } catch (error) {
        failed = error;
        for (const page of await all_pages()) if (page.errors?.length) error.message += `\n        console: ${page.errors.join(" | ")}`;
        for (const [i, page] of (await all_pages()).entries()) {
            const path = join(WORK, `failed-${results.length}-${i}.png`);
            await page.screenshot({ path }).catch(() => {});
        }
    }
    for (const context of browser.browserContexts()) if (context !== browser.defaultBrowserContext()) await context.close().catch(() => {});
    for (const stop of children.splice(before)) await stop();
    results.push({ name, failed });
    console.log(`${failed ? "FAILED" : "ok    "}  ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)${failed ? `\n        ${failed.message}` : ""}`);
}
const all_pages = async () => (await Promise.all(browser.browserContexts().filter((it) => it !== browser.defaultBrowserContext()).map((it) => it.pages()))).flat();

await test("starts on its second and shows device, muscles and line", async () => {
    const { url } = await bench("demo", "--at", "19:30");
    const page = await open(url);
    const at = await time(page);
    ok(at >= 1170 && at < 1180, `the ride begins at ${at} s`);
    await stand(page, 1170);
    const size = await page.$eval("#screen", ({ width, height }) => [width, height]);
    equal(size, [240, 400], "the display's size");
    const inks = await page.$eval("#screen", (canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
    });
    ok(inks === 2, `${inks} colours on a display of one bit`);
    const box = await page.$eval("#screen", (canvas) => [canvas.offsetWidth / canvas.width, canvas.offsetHeight / canvas.height]);
    ok(box[0] === box[1] && Number.isInteger(box[0]), `pixels are drawn ${box} times as large`);
    equal(await page.$$eval("#muscles th", (all) => all.map((it) => it.textContent)), ["R calf MG", "R thigh VL"], "the muscles");
    for (const cell of await page.$$eval("#muscles td", (all) => all.map((it) => it.textContent)))
        ok(/^\d+\.\d$/.test(cell), `a cell of the world says ${cell}`);
    ok((await text(page, "#line")).includes("--until"), "the line that reproduces has no time");
    ok((await text(page, "#words")).length > 10, "the page is not said in words");
});

await test("a press by mouse, key and click changes the display; held means long", async () => {
    const { url } = await bench("demo", "--at", "19:30");
    const page = await open(url, { at: 1170 });
    const before = await settled(page);
    await page.click('[data-key="down"]');
    await until("the display changes by the mouse", async () => (await frame(page)) !== before);
    await page.keyboard.press("u");
    await until("up leads back", async () => (await frame(page)) === before);
    await page.focus("#device");
    await page.keyboard.press("ArrowDown");
    await until("the display changes by an arrow", async () => (await frame(page)) !== before);
    equal(await sent(page, "press"), [
        { do: "press", button: "down", long: false }, { do: "press", button: "up", long: false }, { do: "press", button: "down", long: false },
    ], "presses");
    const button = await page.$('[data-key="select"]');
    await button.click({ delay: 900 });
    await page.keyboard.press("S", { delay: 10 });
    await page.focus("#device");
    await page.keyboard.down("Enter");
    await sleep(900);
    await page.keyboard.up("Enter");
    const long = (await sent(page, "press")).slice(3);
    equal(long, Array(3).fill({ do: "press", button: "select", long: true }), "held by mouse, by capital and by Enter");
    await until("what was done is listed", async () => (await page.$$("#injected li time")).length === 6);
});

await test("taps and swipes reach the display's own pixels", async () => {
    const { url } = await bench("demo", "--at", "19:30");
    const page = await open(url, { at: 1170 });
    const before = await settled(page);
    const box = await (await page.$("#screen")).boundingBox();
    await page.mouse.click(box.x + box.width / 4 + 0.5, box.y + box.height / 2 + 0.5);
    await page.mouse.move(box.x + box.width * 0.8, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.2, box.y + 205, { steps: 5 });
    await page.mouse.up();
    equal(await sent(page, "touch"), [{ do: "touch", kind: "tap", x: 60, y: 200 }, { do: "touch", kind: "swipe_left" }], "touches");
    await until("a swipe turns the page", async () => (await frame(page)) !== before);
    const screen = await page.$("#screen");
    await screen.click({ delay: 700 });
    equal((await sent(page, "touch")).slice(2), [{ do: "touch", kind: "hold" }], "held");
});

await test("plays, pauses, steps and keeps its speeds", async () => {
    const { url } = await bench("demo", "--at", "10:00");
    const page = await open(url, { at: 600 });
    await page.keyboard.press("Space");
    await until("it plays", async () => (await attribute(page, "#play", "aria-label")) === "Pause" && (await time(page)) >= 601);
    await page.click("#play");
    await until("it pauses", async () => (await attribute(page, "#play", "aria-label")) === "Play");
    const stood = await time(page);
    await sleep(1200);
    equal(await time(page), stood, "the time after a pause");
    await page.click("#step");
    await until("a step is a second", async () => (await time(page)) === stood + 1);
    await page.click('#speeds [data-x="30"]');
    await until("the speed is shown", async () => (await attribute(page, '#speeds [data-x="30"]', "aria-pressed")) === "true");
    await page.click("#play");
    const began = Date.now();
    await sleep(2000);
    await page.click("#play");
    await until("it pauses again", async () => (await attribute(page, "#play", "aria-label")) === "Play");
    const ran = (await time(page)) - stood - 1;
    const passed = (Date.now() - began) / 1000;
    ok(ran > 30 && ran <= 30 * passed + 31, `${ran} s in ${passed} s at thirty times`);
    await page.keyboard.press(">");
    await page.keyboard.press(">");
    await until("two keys faster is as fast as it goes", async () => (await attribute(page, '#speeds [data-x="max"]', "aria-pressed")) === "true");
    await page.click("#play");
    await until("the end is reached", async () => (await time(page)) === 2400 && (await text(page, "#ran")) === "the end", 30000);
});

await test("scrubs by time, drag and keys; the same second is the same picture", async () => {
    const { url } = await bench("demo", "--at", "19:30");
    const page = await open(url, { at: 1170 });
    const first = await settled(page);
    await go(page, "0:22:00", 1320);
    const alert = await settled(page);
    ok(alert !== first, "the alert is not on the display");
    await go(page, "19 min 30 s", 1170);
    ok((await settled(page)) === first, "back at 19:30 the display is not what it was");
    const box = await (await page.$("#track")).boundingBox();
    const x = (s) => box.x + 12 + (s / 2400) * (box.width - 24);
    await page.mouse.move(x(1170), box.y + 40);
    await page.mouse.down();
    for (const s of [1000, 800, 700, 600]) await page.mouse.move(x(s), box.y + 40);
    await page.mouse.up();
    await until("the drag ends at ten minutes", async () => Math.abs((await time(page)) - 600) <= 2);
    await page.focus("#track");
    const at = await time(page);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("PageUp");
    await until("an arrow is a second and a page a minute", async () => (await time(page)) === at + 61);
    ok(/minutes? .*of 40 minutes/.test(await attribute(page, "#track", "aria-valuetext")), "the track does not say its time");
    await page.keyboard.press("Home");
    await until("home is the start", async () => (await time(page)) === 0);
});

await test("an event leads to ten seconds before it, in the list and on the track", async () => {
    const { url } = await bench("demo", "--at", "23:00");
    const page = await open(url, { at: 1380 });
    const alert = await page.waitForSelector('#events button[data-kind="alert"]');
    const at = await alert.evaluate((button) => Number(button.dataset.t));
    await alert.click();
    await until("ten seconds before the alert", async () => (await time(page)) === Math.floor(at - 10));
    ok(await page.$eval('#events button[data-kind="alert"]', (button) => button.classList.contains("ahead")), "what lies ahead is not dim");
    await page.click('#filter [data-kind="alert"]');
    equal(await page.$$('#events button[data-kind="alert"]').then((all) => all.length), 0, "alerts in a list without them");
    const box = await (await page.$("#track")).boundingBox();
    await go(page, "5:00", 300);
    await page.mouse.click(box.x + 12 + (at / 2400) * (box.width - 24) + 1, box.y + 13);
    await until("a click on the mark leads before it", async () => Math.abs((await time(page)) - (at - 10)) <= 1);
});

await test("a fault lands, is counted and noticed, and undo takes it back", async () => {
    const { url } = await bench("demo", "--at", "15:00");
    const page = await open(url, { at: 900 });
    await page.select("#lasting", "60");
    await page.click('[data-fault="hole"]');
    equal(await sent(page, "fault"), [{ do: "fault", kind: "hole", duration_s: 60, site: "mg.right" }], "what was asked");
    await until("it is listed as not landed", async () => (await text(page, "#injected em")) === "not yet");
    await page.click('#speeds [data-x="10"]');
    await page.click("#play");
    const landed = async () => Number(/landed on (\d+)/.exec(await text(page, "#injected em"))?.[1] ?? 0);
    const some = await until("it lands", landed);
    await until("it lands on more", async () => (await landed()) > some);
    await until("a notice of it is in the list", async () => /stale|lost/.test(await text(page, "#events")), 15000);
    await until("the world says why there is no value", async () => (await page.$("#muscles td.why")) !== null);
    await page.click("#play");
    await page.click("#undo");
    await until("undo takes it back", async () => (await text(page, "#injected")) === "Nothing was done here yet");
    // A fault of a radio in a ride without one: said, and not asked for.
    await page.click('[data-fault="unplug"]');
    ok((await text(page, "#toasts")).includes("only via ant or ble"), "no word why the stick cannot be pulled");
    equal((await sent(page, "fault")).length, 1, "faults asked for");
});

await test("a cue sounds as the piezo would: pitch, length and pause; seen by LED and shake", async () => {
    const { url } = await bench("demo", "--at", "20:50");
    const page = await open(url, { at: 1250 });
    await page.click("#words");
    await page.click('#speeds [data-x="5"]');
    await page.evaluate(() => {
        window.shaken = [];
        const animate = Element.prototype.animate;
        Element.prototype.animate = function (frames, options) {
            window.shaken.push({ id: this.id, ms: options.duration, delay: options.delay, keys: Object.keys(frames[0]) });
            return animate.call(this, frames, options);
        };
    });
    await page.click("#play");
    await until("a cue comes", () => page.evaluate(() => window.seen.cues.length > 0), 20000);
    await until("it is heard", () => page.evaluate(() => window.seen.tones.length > 0));
    await page.click("#play");
    const { cues, tones } = await page.evaluate(() => window.seen);
    equal(cues[0].cue, "calf_overload", "the cue");
    // The head unit's rhythm of a calf overload: low, low; 200 ms each, 150 ms between.
    const own = tones.slice(0, 2);
    equal(own.map(({ hz, type }) => [hz, type]), [[1000, "square"], [1000, "square"]], "pitch");
    own.forEach(({ start_s, stop_s }, i) => near(stop_s - start_s, 0.2, 1e-6, `length of beep ${i}`));
    near(own[1].start_s - own[0].stop_s, 0.15, 1e-6, "pause between beeps");
    near(own[0].start_s - own[0].context_s, 0.02, 0.03, "how soon it sounds");
    equal(cues[0].beep.map(([hz, ms, , gap]) => [hz, ms, gap]), [[1000, 200, 150], [1000, 200, 150]], "the message");
    const shaken = await page.evaluate(() => window.shaken);
    const of = (id) => shaken.filter((it) => it.id === id).map(({ ms }) => ms);
    const pulses = cues[0].haptic.map(([ms]) => ms);
    equal(of("device").slice(0, pulses.length), pulses, "shakes");
    equal(of("led").slice(0, pulses.length), pulses, "the LED");
    ok((await text(page, "#cue")).startsWith("calf overload"), "the cue is not named");
    await page.click("#sound");
    equal(await attribute(page, "#sound", "aria-checked"), "false", "the switch");
    await go(page, "20:50", 1250);
    const before = await page.evaluate(() => window.seen.tones.length);
    await page.click("#play");
    await until("the cue comes again", () => page.evaluate(() => window.seen.cues.length > 1), 20000);
    await sleep(200);
    equal(await page.evaluate(() => window.seen.tones.length), before, "tones with sound off");
});

await test("a browser that was not touched says that it keeps sound back", async () => {
    const { url } = await bench("demo", "--at", "20:50");
    const idle = await open(url, { still: true, untouched: true });
    const other = await open(url, { at: 1250 });
    await other.click('#speeds [data-x="5"]');
    await other.click("#play");
    await until("it says so", () => look(idle, '!document.getElementById("blocked").hidden'), 20000);
    equal(await look(idle, "window.seen.tones.length"), 0, "tones");
    const outlines = 'document.getElementById("device").getAnimations().flatMap((it) => it.effect.getKeyframes())';
    await go(other, "20:50", 1250);
    await other.click("#play");
    await until("with less motion it is outlined", () => look(idle, `${outlines}.some((it) => it.outlineStyle === "solid" || it.outline)`), 20000);
    equal(await look(idle, `${outlines}.filter((it) => it.transform).length`), 0, "shakes");
    await idle.click("#words");
    await until("and sound comes with a touch", () => look(idle, 'document.getElementById("blocked").hidden'));
});

await test("a reload finds the ride where it was, with all that was done", async () => {
    const { url } = await bench("demo", "--at", "12:00");
    const page = await open(url, { at: 720 });
    await page.click('[data-fault="ambient"]');
    await page.type("#label-text", "hello");
    await page.click('[data-do="marker"]');
    await until("both are listed", async () => (await page.$$("#injected li time")).length === 2);
    await page.keyboard.press("Escape");
    await go(page, "12:40", 760);
    const before = [await settled(page), await text(page, "#injected"), await text(page, "#line"), await text(page, "#muscles")];
    await page.reload({ waitUntil: "load" });
    await until("the time is the same", async () => (await time(page)) === 760);
    const after = [await settled(page), await text(page, "#injected"), await text(page, "#line"), await text(page, "#muscles")];
    before.forEach((it, i) => ok(it === after[i], `${["the display", "what was done", "the line", "the world"][i]} is another after the reload`));
    ok((await text(page, "#events")).includes("hello"), "the marker is not among the events");
});

await test("two browsers show one ride", async () => {
    const { url } = await bench("demo", "--at", "19:30");
    const [a, b] = [await open(url, { at: 1170 }), await open(url, { viewport: { width: 1100, height: 850 }, dark: true })];
    ok((await settled(a)) === (await settled(b)), "two displays");
    await a.keyboard.press("d");
    const after = await until("a press here", async () => ((await text(a, "#injected")).includes("down") ? settled(a) : false));
    await until("is seen there", async () => (await frame(b)) === after && (await text(b, "#injected")) === (await text(a, "#injected")));
    await go(b, "22:00", 1320);
    await until("and the other way round", async () => (await time(a)) === 1320);
    await b.select("#display", "tft-landscape");
    await until("another display is in both", async () => {
        const sizes = await Promise.all([a, b].map((page) => page.$eval("#screen", ({ width, height }) => `${width}x${height}`)));
        return sizes.join() === "470x282,470x282";
    });
    await a.select("#theme", "night");
    await a.select("#lang", "de").catch(() => {});
    await until("another theme is in both", async () => (await b.$eval("#theme", (it) => it.value)) === "night");
});

await test("a recording has no truth and takes no fault, but laps", async () => {
    const file = join(WORK, "recording.csv");
    await promisify(execFile)(sling, ["run", "demo", "--csv", file], { timeout: 60000 });
    const { url } = await bench(file, "--at", "20:00");
    const page = await open(url, { at: 1200 });
    const truths = await page.$$eval('#muscles td[data-key="truth"]', (all) => all.map((it) => it.textContent));
    equal(truths, ["–", "–"], "what is true in the muscles");
    ok(await page.$eval('[data-fault="hole"]', (it) => it.disabled), "a fault is offered");
    await page.keyboard.press("l");
    await until("the lap is listed", async () => /lap/.test(await text(page, "#injected")) && /lap/.test(await text(page, "#events")));
});

await test("a log is what it was: its alert comes again, and nothing is offered that it does not take", async () => {
    const file = join(WORK, "ride.slinglog");
    await promisify(execFile)(sling, ["run", "demo", "--log", file], { timeout: 60000 });
    const { url } = await bench(file, "--at", "22:00");
    const page = await open(url, { at: 1320 });
    await picture(page, "log");
    ok((await text(page, "#events")).includes("calf overload"), "no alert of the log's ride");
    equal(await offered(page), [], "what is offered");
    ok((await text(page, "#line")).startsWith("sling replay "), "the line that reproduces");
    const before = await settled(page);
    await page.keyboard.press("d");
    await until("a press is refused in words", async () => (await text(page, "#toasts")).includes("log"));
    ok((await settled(page)) === before, "a press changed what a log shows");
    await go(page, "10:00", 600);
    await go(page, "22:00", 1320);
    ok((await settled(page)) === before, "the same second is another picture");
});

await test("from other machines only the whole address opens the bench; any other says what to do", async () => {
    const { url } = await bench("demo", "--at", "19:30", "--lan");
    const whole = new URL(url);
    ok(/^\?token=[0-9a-f]{32}$/.test(whole.search), `no token in ${url}`);
    for (const search of ["", `?token=${"0".repeat(32)}`]) {
        const page = await (await browser.createBrowserContext()).newPage();
        await page.setViewport(PHONE);
        const answer = await page.goto(whole.origin + "/" + search);
        equal(answer.status(), 403, `status with ${search || "no token"}`);
        const words = await text(page, "body");
        ok(words.includes("whole address that sling printed"), `the page says: ${words}`);
        equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "it fits a phone");
        await picture(page, search ? "lan-wrong-token" : "lan-no-token");
    }
    const page = await open(url, { viewport: PHONE, at: 1170 });
    await page.evaluate(() => scrollTo(0, 0));
    equal(await page.$eval("#screen", ({ width, height }) => [width, height]), [240, 400], "the display's size");
    await picture(page, "lan");
    // The browser keeps the token: a reload without it finds the ride.
    await page.goto(whole.origin + "/");
    await until("the ride is where it was", async () => (await time(page)) === 1170);
});

await test("real sensors: said as they say it, no truth, no fault, no other time; a pulled stick is named", async () => {
    const { flags, pull } = await stick("worn");
    const { url } = await bench(...flags);
    const page = await open(url);
    const said = (at) => page.$$eval('#muscles td[data-key="said"]', (all, it) => all[it].textContent, at);
    await until("both sensors are heard", async () => /^\d/.test(await said(0)) && /^\d/.test(await said(1)), 20000);
    equal(await text(page, "#notes"), "", "notes of a ride that is well");
    equal(await text(page, "#end"), "live", "the end of the ride");
    equal(await page.$$eval('#muscles td[data-key="truth"]', (all) => all.map((it) => it.textContent)), ["–", "–"], "what is true");
    ok(await page.$eval("#play", (it) => it.disabled) && (await page.$eval("#time", (it) => it.disabled)), "another time is offered");
    equal((await offered(page)).filter((it) => !["Lap", "Mark", "Position"].some((own) => it.startsWith(own))), [], "what is offered");
    await page.click("#lap");
    await until("the lap is listed", async () => /lap/i.test(await text(page, "#events")));
    const before = await settled(page);
    await page.keyboard.press("d");
    await until("a press turns the page", async () => (await frame(page)) !== before);
    await picture(page, "live");
    await pull();
    await until("the page says that the stick is gone", async () => (await text(page, "#notes")).startsWith("ANT+: "), 20000);
    await until("the world says why there is no value", async () => (await page.$("#muscles td.why")) !== null, 20000);
    await picture(page, "live-pulled");
});

await test("real sensors without a stick: the page says what is missing and what to do", async () => {
    const { url } = await bench(...(await stick("unplugged", { sensors: 0 })).flags);
    const page = await open(url);
    await until("it says so", async () => /ANT\+: .*(stick|serial|line|port|no such)/i.test(await text(page, "#notes")), 20000);
    console.log(`        the page says: ${await text(page, "#notes")}`);
    await picture(page, "live-no-stick");
});

await test("a phone: one column, nothing sticks out, fingers hit", async () => {
    const { url } = await bench("demo", "--at", "19:30");
    const page = await open(url, { viewport: PHONE, at: 1170 });
    const wide = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    equal(wide, [360, 360], "width of the content and of the window");
    const small = await page.$$eval("button, select, input:not([type=checkbox]), a.button", (all) =>
        all.filter((it) => it.offsetParent && !it.closest("dialog, .hidden")).map((it) => [it.id || it.textContent || it.ariaLabel, it.getBoundingClientRect()]).filter(([, box]) => box.width < 24 || box.height < 36).map(([name, box]) => `${name} ${box.width}×${box.height}`));
    equal(small, [], "targets that are too small for a finger");
    const before = await settled(page);
    await page.$eval("#device", (it) => it.scrollIntoView({ block: "center" }));
    await (await page.$('[data-key="down"]')).tap();
    await until("a tap on a button presses it", async () => (await frame(page)) !== before);
    equal(await sent(page, "press"), [{ do: "press", button: "down", long: false }], "presses");
    const columns = await page.$$eval("main > section, .side > section", (all) => new Set(all.filter((it) => !it.matches(".dock")).map((it) => it.getBoundingClientRect().left)).size);
    equal(columns, 1, "columns");
    await page.select("#speed", "10");
    await (await page.$("#play")).tap();
    await until("it plays", async () => (await time(page)) > 1175);
});

await test("by keyboard alone: everything is reached, seen and done", async () => {
    const { url } = await bench("demo", "--at", "19:30");
    const page = await open(url, { at: 1170 });
    await page.reload({ waitUntil: "load" });
    await until("the ride is shown", async () => (await time(page)) === 1170);
    await page.keyboard.press("Tab");
    equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    const stops = [];
    for (let i = 0; i < 140; i += 1) {
        const stop = await page.evaluate(() => {
            const it = document.activeElement;
            if (!it || it === document.body) return null;
            const style = getComputedStyle(it);
            const name = it.id || it.dataset.key || it.dataset.fault || it.dataset.x || it.dataset.by || it.textContent.trim().slice(0, 20);
            return { name, ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, in_sight: it.getBoundingClientRect().width > 0 };
        });
        if (stop === null || stop.name === stops[0]?.name) break;
        stops.push(stop);
        await page.keyboard.press("Tab");
    }
    equal(stops.filter(({ ring }) => !ring).map(({ name }) => name), [], "stops without a ring");
    const names = stops.map(({ name }) => name);
    for (const name of ["up", "select", "down", "lap", "plot", "line", "copy", "track", "play", "step", "time", "max", "undo", "hole", "lasting", "injected"])
        if (name !== "injected") ok(names.includes(name), `${name} is no stop of Tab: ${names.join(" ")}`);
    await page.focus("#plot");
    await page.keyboard.press("ArrowLeft");
    ok(/R calf MG: true \d/.test(await attribute(page, "#plot", "aria-valuetext")), "the charts' read-out says nothing");
    await page.keyboard.press("PageDown");
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await until("Enter goes to the read-out's second", async () => (await time(page)) === 0);
    await page.focus('[data-fault="ambient"]');
    await page.keyboard.press("Enter");
    await until("a fault by Enter", async () => (await sent(page, "fault")).length === 1);
    await page.focus("#device");
    await page.keyboard.press("?");
    await until("help opens", () => page.$eval("#help", (it) => it.open));
    await page.keyboard.press("Escape");
    await until("and closes", () => page.$eval("#help", (it) => !it.open));
    await page.keyboard.press("m");
    await page.keyboard.type("up");
    await page.keyboard.press("Enter");
    await until("letters in a field are letters", async () => (await sent(page, "marker")).length === 1 && (await sent(page, "press")).length === 0);
});

await test("everybody can use it: axe finds nothing that matters, light, dark, small, with help open", async () => {
    const { url } = await bench("demo", "--at", "22:00");
    for (const [what, options] of [["light", {}], ["dark", { dark: true }], ["phone, dark", { dark: true, viewport: PHONE }], ["1100", { viewport: { width: 1100, height: 850 } }]]) {
        const page = await open(url, { ...options, at: 1320 });
        await page.click('[data-fault="hole"]');
        await until("the fault is listed", async () => (await page.$("#injected em")) !== null);
        await axe(page, what);
        await page.click("#help-open");
        await axe(page, `${what}, help`);
        await page.close();
    }
});

await test("looks as it did when it was looked at", async () => {
    const { url } = await bench("demo", "--at", "22:00");
    for (const [name, options] of [["desk-light", {}], ["desk-dark", { dark: true }], ["window-light", { viewport: { width: 1100, height: 850 } }], ["phone-dark", { dark: true, viewport: { ...PHONE, deviceScaleFactor: 1 } }]]) {
        const page = await open(url, { ...options, at: 1320 });
        await golden(page, name);
        await page.close();
    }
});

// ---- What only a stand-in does on demand

await test("a lost connection is said, tried again, and the ride is where the server is", async () => {
    const server = await standin.start({});
    children.push(server.close);
    const page = await open(server.url);
    server.refuse(true);
    server.drop();
    await until("it says so", async () => (await text(page, "#link")).startsWith("Connection lost. Trying again"));
    await page.keyboard.press("d");
    ok((await text(page, "#toasts")).includes("Not connected"), "a press into the void is not said");
    await until("it tries ever less often", async () => (await text(page, "#link")).includes("in 2 s"), 15000);
    server.state.t_s = 900;
    server.refuse(false);
    await until("it comes back where the server is", async () => (await time(page)) === 900 && (await text(page, "#link")) === "", 15000);
    page.errors.length = 0; // The browser itself reports each try.
});

await test("an error of the server is said once, to everybody", async () => {
    const server = await standin.start({});
    children.push(server.close);
    const page = await open(server.url);
    await page.select("#scenario", "steady");
    await until("it is said", async () => (await text(page, "#toasts")).includes("the stand-in has but one ride"));
    server.say({ is: "error", id: null, message: "the stand-in has but one ride" });
    await sleep(100);
    equal((await page.$$("#toasts .toast")).length, 1, "lines for one error said twice");
    equal(await attribute(page, "#toasts", "role"), "alert", "its role");
    await page.click("#toasts button");
    equal((await page.$$("#toasts .toast")).length, 0, "lines after it was dismissed");
});

await test("cues that come together sound one after the other", async () => {
    const server = await standin.start({});
    children.push(server.close);
    const page = await open(server.url);
    await page.click("#words");
    server.cue();
    server.cue();
    await until("four tones", () => page.evaluate(() => window.seen.tones.length === 4));
    const tones = await page.evaluate(() => window.seen.tones);
    ok(tones[2].start_s >= tones[1].stop_s + 1, "a second of silence between two cues");
});

await test("a day and night of ride is drawn without a stutter", async () => {
    const server = await standin.start({ end_s: 86400, known_s: 86400, t_s: 80000 });
    children.push(server.close);
    const page = await open(server.url);
    await page.click('[data-span="all"]');
    await sleep(500);
    const middle = await page.evaluate(async () => {
        const times = [];
        const ask = window.requestAnimationFrame;
        window.requestAnimationFrame = (draw) =>
            ask.call(window, (now) => {
                const began = performance.now();
                draw(now);
                times.push(performance.now() - began);
            });
        for (let i = 0; i < 11; i += 1) {
            document.getElementById("plot").dispatchEvent(new KeyboardEvent("keydown", { key: i % 2 ? "Home" : "End", bubbles: true }));
            await new Promise((done) => setTimeout(done, 60));
        }
        return times.sort((a, b) => a - b)[times.length >> 1];
    });
    console.log(`        86 400 rows in sight: ${middle.toFixed(1)} ms to draw (median)`);
    ok(middle < 100, `a picture of a day takes ${middle} ms`);
});

await browser.close();
for (const stop of children) await stop();
const failed = results.filter((it) => it.failed);
console.log(`\nbench in the browser: ${results.length - failed.length} of ${results.length} tests passed`);
process.exit(failed.length ? 1 : 0);
