// A stand-in for `sling bench`: serves the page and speaks its socket, from a ride made up of sines. For what no sound
// server does on demand: a connection that drops, an error that comes by itself, a ride of a whole night. What the bench
// does is tested on the bench. By hand: node tests/browser/standin.mjs [FOLDER of frames of `sling run --frames`]
import { createServer } from "node:http";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const modules = process.env.NODE_MODULES ? pathToFileURL(`${process.env.NODE_MODULES}/`) : import.meta.url;
const require = createRequire(modules);
const { WebSocketServer } = require("ws");
const { PNG } = require("pngjs");

const PAGE = new URL("../../simulator/src/bench/page/", import.meta.url);
const TYPES = { html: "text/html; charset=utf-8", css: "text/css; charset=utf-8", js: "text/javascript; charset=utf-8" };
export const POLICY =
    "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'; style-src 'self'; script-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'";
const DISPLAYS = [
    ["sharp-portrait", 240, 400], ["sharp-landscape", 400, 240], ["small-8colour", 176, 176],
    ["tft-portrait", 282, 470], ["tft-landscape", 470, 282],
].map(([name, w, h]) => ({ name, w, h }));
const FAULTS = [
    ["hole", "Nothing is heard"], ["ambient", "Sensor sees ambient light"], ["invalid", "Sensor calls it invalid"],
    ["zero", "SmO2 is zero"], ["hundred", "SmO2 is 100 %"], ["stale", "Count stands still"],
    ["frozen", "Same value, count advances"], ["miss", "Samples are missed"], ["slip", "Contact moved"],
    ["light_leak", "Light reaches the detector"], ["replaced", "Another sensor in place"], ["constant", "One number for ever"],
    ["swap", "Two sensors exchanged", "two_sites"], ["tenfold", "A tenth of the value"],
    ["out_of_range", "Out of range"], ["reboot", "Sensor restarts", "site", false],
    ["unplug", "ANT stick pulled out", "none", true, true], ["bluetooth_off", "Bluetooth switched off", "none", true, true],
    ["clock_jump", "Clock jumps", "none", false], ["battery_low", "Battery is low", "none"],
    ["storage_full", "Storage is full", "none"], ["power_cut", "Power is cut", "none", false],
    ["muted", "Cues are not delivered", "none"],
].map(([kind, words, needs = "site", lasts = true, radio = false]) => ({ kind, words, needs, lasts, radio }));

const round = (x) => Math.round(x * 10) / 10;

/// What one second of the ride has.
function row(t, faults) {
    const coasting = t >= 810 && t < 830;
    const p = coasting ? 0 : Math.round(t < 360 ? 120 + t / 3.6 : 220 + 80 * Math.sin(((t - 360) / 300) * 2 * Math.PI));
    const noise = (k) => Math.sin(t * k) * 0.6 + Math.sin(t * k * 3.7) * 0.4;
    const over = t > 1200 ? 10 * (1 - Math.exp(-(t - 1200) / 20)) : 0;
    const muscle = (base, gain, fall, k, name) => {
        const expected = base - (gain * p) / 100;
        const truth = expected - fall + noise(k / 40);
        const hidden = faults.find((f) => f.site === name && t >= f.t && t < f.t + f.s);
        const armed = t > 540 && !coasting;
        return {
            truth: round(truth), said: hidden ? null : round(truth + noise(k * 7)),
            reason: hidden ? hidden.reason : null, belief: hidden ? null : round(truth + noise(k / 9) / 2),
            expected: armed ? round(expected) : null,
        };
    };
    return {
        t, p, c: coasting ? 0 : 88 + Math.round(noise(0.2) * 3), h: Math.min(170, 66 + Math.round(t / 12)),
        s: [muscle(70, 9, over, 1.1, "mg.right"), muscle(74, 15, 0, 1.7, "vl.right")],
    };
}

const EVENTS = [
    { t_s: 1.059, event: "sensor", change: "found", sensor: "ble:5678", kind: "muscle_oxygen", site: "vl.right" },
    { t_s: 1.354, event: "sensor", change: "found", sensor: "ant:1234", kind: "muscle_oxygen", site: "mg.right" },
    { t_s: 540, event: "armed", site: "mg.right", against: "vl.right" },
    { t_s: 820, event: "disarmed", site: "mg.right", against: "vl.right", reason: "coasting" },
    { t_s: 875, event: "armed", site: "mg.right", against: "vl.right" },
    { t_s: 1200, event: "marker", label: "calf takes over" },
    { t_s: 1225, event: "alert", pattern: "calf_overload", site: "mg.right", against: "vl.right", level: "info", strength_pct: 13.3, since_s: 1205 },
    { t_s: 1255, event: "alert_level", pattern: "calf_overload", site: "mg.right", level: "caution" },
    { t_s: 1255, event: "cue", cue: "calf_overload", level: "caution", haptic: true, beep: true },
    { t_s: 1927, event: "notice", reason: "stale", site: "mg.right" },
    { t_s: 1932.811, event: "notice_cleared", reason: "stale", site: "mg.right" },
    { t_s: 2161.923, event: "notice", reason: "ambient_light", site: "vl.right" },
    { t_s: 2186.023, event: "notice_cleared", reason: "ambient_light", site: "vl.right" },
];
const CUE = {
    is: "cue", id: 1, cue: "calf_overload", level: "caution", haptic: [[400, 75, 150], [400, 75, 150]],
    beep: [[1000, 200, 75, 150], [1000, 200, 75, 150]], muted: false,
};

/// A frame with nothing but bars that tell its time: text is the bench's business.
function made_up_frame(display, t) {
    const { w, h } = DISPLAYS.find((d) => d.name === display);
    const png = new PNG({ width: w, height: h });
    for (let y = 0; y < h; y += 1)
        for (let x = 0; x < w; x += 1) {
            const black = y < 20 ? x < (w * (t % 60)) / 60 : (x + y + Math.floor(t)) % 24 < 2;
            png.data.set([black ? 0 : 255, black ? 0 : 255, black ? 0 : 255, 255], (y * w + x) * 4);
        }
    return PNG.sync.write(png);
}

/// Starts it on a free port of this machine. `end_s` is the ride's length, `frames` a folder of real ones.
export async function start({ end_s = 2400, known_s = 1200, t_s = 1170, frames = null, port = 0 } = {}) {
    const files = frames ? readdirSync(frames).filter((f) => f.endsWith(".png")).sort() : [];
    const state = {
        is: "state", t_s, known_s, playing: false, speed: 1, ran_x: 1, ended: false, busy: false, display: "sharp-portrait",
        theme: "day", lang: "en", seed: 7, via: "model", page: "balance", words: "", line: "", injected: [],
    };
    let asked = [];
    const hidden = [{ site: "mg.right", t: 1920, s: 12, reason: "stale" }, { site: "vl.right", t: 2160, s: 25, reason: "ambient_light" }];
    const sockets = new Set();
    const say = (message) => sockets.forEach((s) => s.send(JSON.stringify(message)));
    const events = () => EVENTS.filter((e) => e.t_s <= state.known_s);
    const rows = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, i) => row(from + i, hidden));
    const hello = () => ({
        is: "hello", version: "0.1.0", name: "demo", kind: "scenario", end_s, seed: state.seed, via: state.via,
        sites: [{ site: "mg.right", words: "R calf MG", role: "calf" }, { site: "vl.right", words: "R thigh VL", role: "thigh" }],
        displays: DISPLAYS, scenarios: ["demo", "faults", "steady", "swap"], faults: FAULTS, langs: ["en", "de", "fr", "es", "it", "nl"],
        written: [{ t_s: 1200, until_s: null, kind: "effect", words: "calf_overload mg.right" },
            { t_s: 1920, until_s: 1932, kind: "fault", words: "hole mg.right" }, { t_s: 2160, until_s: 2185, kind: "fault", words: "ambient vl.right" }],
        series: { from_s: 0, keep: true, rows: rows(0, Math.floor(state.known_s) + 1) }, events: events(), injected: state.injected,
    });
    const frame = () => {
        const head = Buffer.alloc(8);
        head.writeDoubleLE(state.t_s);
        const near = files.findLast((f) => Number(f.slice(0, 6)) <= state.t_s) ?? files[0];
        return Buffer.concat([head, near ? readFileSync(`${frames}/${near}`) : made_up_frame(state.display, state.t_s)]);
    };
    const tell = () => {
        const now = row(Math.floor(state.t_s), hidden);
        state.words = `Balance. Calf ${now.s[0].belief}, thigh ${now.s[1].belief} percent.`;
        state.line = `sling run demo --seed ${state.seed} --via ${state.via} --until ${Math.round(state.t_s)}`;
        say(state);
        const bytes = frame();
        sockets.forEach((s) => s.send(bytes));
    };
    const on_to = (to, quiet) => {
        const from = state.t_s;
        state.t_s = Math.min(end_s, to);
        if (state.t_s > state.known_s) {
            const first = Math.floor(state.known_s) + 1;
            const before = state.known_s;
            state.known_s = state.t_s;
            const more = rows(first, Math.floor(state.t_s) + 1);
            if (more.length) say({ is: "rows", from_s: first, keep: true, rows: more });
            EVENTS.filter((e) => e.t_s > before && e.t_s <= state.t_s).forEach((event) => say({ is: "event", event }));
        }
        if (!quiet && from < 1255 && state.t_s >= 1255) say({ ...CUE, t_s: 1255 });
        for (const it of state.injected) if (it.kind === "fault") it.landed = Math.max(0, Math.round(state.t_s - it.t_s));
        if (state.t_s >= end_s) Object.assign(state, { ended: true, playing: false });
        tell();
    };
    const acts = {
        play: () => (state.playing = true), pause: () => (state.playing = false), speed: ({ x }) => (state.speed = x),
        step: ({ s }) => on_to(state.t_s + s), seek: ({ t_s: to }) => on_to(to, true),
        fault: (f) => {
            const words = `${f.kind} ${f.site ?? ""} ${f.duration_s ? `${f.duration_s} s` : ""}`.trim();
            state.injected = [...state.injected, { t_s: state.t_s, words, landed: 0, kind: "fault" }];
            state.known_s = state.t_s;
            hidden.push({ site: f.site, t: Math.ceil(state.t_s), s: f.duration_s ?? 9e9, reason: "lost" });
            say({ is: "rows", from_s: Math.floor(state.t_s) + 1, keep: false, rows: [] });
        },
        undo: () => (state.injected = state.injected.slice(0, -1)),
        press: ({ button }) => (state.injected = [...state.injected, { t_s: state.t_s, words: `press ${button}`, landed: 1, kind: "press" }]),
        open: () => say({ is: "error", id: null, message: "the stand-in has but one ride" }),
    };
    const server = createServer((request, response) => {
        const path = new URL(request.url, "http://x").pathname.slice(1) || "index.html";
        const type = TYPES[path.split(".").pop()];
        if (!type || !/^[a-z]+\.[a-z]+$/.test(path) || !readdirSync(PAGE).includes(path)) return void response.writeHead(404).end();
        response.writeHead(200, { "content-type": type, "content-security-policy": POLICY, "cache-control": "no-store" });
        response.end(readFileSync(new URL(path, PAGE)));
    });
    let refuse = false;
    const sockets_server = new WebSocketServer({ noServer: true, maxPayload: 4096 });
    server.on("upgrade", (request, socket, head) => {
        if (refuse) return socket.destroy();
        sockets_server.handleUpgrade(request, socket, head, (ws) => {
            sockets.add(ws);
            ws.on("close", () => sockets.delete(ws));
            ws.on("message", (text) => {
                const message = JSON.parse(text);
                asked.push(message);
                const { do: act } = message;
                if (acts[act]) acts[act](message);
                else if (act in state) state[act] = message[act];
                tell();
            });
            ws.send(JSON.stringify(hello()));
            tell();
        });
    });
    const clock = setInterval(() => {
        if (state.playing) on_to(state.t_s + 0.1 * (state.speed === "max" ? 600 : state.speed));
    }, 100);
    await new Promise((done) => server.listen(port, "127.0.0.1", done));
    return {
        url: `http://127.0.0.1:${server.address().port}/`, state, say, asked,
        cue: () => say({ ...CUE, t_s: state.t_s }),
        drop: () => sockets.forEach((s) => s.terminate()),
        refuse: (on) => (refuse = on),
        close: () => (clearInterval(clock), sockets.forEach((s) => s.terminate()), new Promise((done) => server.close(done))),
    };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
    const it = await start({ frames: process.argv[2] ?? null, port: Number(process.env.PORT ?? 0) });
    console.log(it.url);
}
