// The page of `sling bench`. It shows what the server says and asks for what a person does; it decides nothing about the
// ride, and keeps nothing that the server does not have: a reload, a second browser and a new build of Sling all show the
// same. Messages: `simulator/src/bench/message.rs`.
import { Charts } from "./charts.js";
import { Device } from "./device.js";
import { EventList, Events, kind_of, say } from "./events.js";
import { Faults } from "./faults.js";
import { Link } from "./link.js";
import { Series, styles } from "./series.js";
import { Sound } from "./sound.js";
import { Timeline } from "./timeline.js";
import { World } from "./world.js";
import { clock, parse, spoken, words } from "./times.js";

const $ = (id) => document.getElementById(id);
const SPEEDS = [0.5, 1, 2, 5, 10, 30, 100, "max"];
const BEFORE_S = 10;
/// A ride without an end is shown in parts of this length.
const LIVE_S = 600;

let ride = null;
let state = null;
let series = new Series();
let events = new Events();
let names = new Map();
let bands = [];

// ---- What is asked of the server

function ask(message) {
    if (!link.send(message)) toast("Not connected: nothing was done.");
}

/// A drag asks for many seconds: the next is asked for when the last has been reached, and only the newest.
const seeking = { wanted: null, waits: false, timer: 0 };
function seek(t_s, settled = true) {
    if (ride?.end_s === null) return toast("A live ride cannot go back.");
    const to = Math.round(Math.max(0, Math.min(ride?.end_s ?? 0, t_s)) * 1000) / 1000;
    sound.silence();
    if (state) {
        state.t_s = to;
        show_time();
    }
    seeking.wanted = to;
    if (settled || !seeking.waits) send_seek();
}
function send_seek() {
    if (seeking.wanted === null) return;
    ask({ do: "seek", t_s: seeking.wanted });
    seeking.wanted = null;
    seeking.waits = true;
    clearTimeout(seeking.timer);
    seeking.timer = setTimeout(sought, 400);
}
function sought() {
    clearTimeout(seeking.timer);
    seeking.waits = false;
    send_seek();
}

const by = (s) => state && seek(state.t_s + s);
const step = () => state && ask(state.playing ? { do: "pause" } : { do: "step", s: 1 });
const play = () => state && ride.end_s !== null && ask({ do: state.playing ? "pause" : "play" });
const press = (button, long) => ask({ do: "press", button, long });

// ---- Parts

const sound = new Sound($("sound"), { blocked: (is) => ($("blocked").hidden = !is) });
const device = new Device(
    { body: $("device"), screen: $("screen"), led: $("led"), cue: $("cue") },
    { press, touch: (kind, x, y) => ask(kind === "tap" ? { do: "touch", kind, x, y } : { do: "touch", kind }) },
);
const charts = new Charts($("plot"), $("chart"), $("tip"), {
    seek,
    view(follows, span_s) {
        $("follow").setAttribute("aria-pressed", String(follows));
        for (const button of document.querySelectorAll("[data-span]")) {
            const own = button.dataset.span === "all" ? Infinity : Number(button.dataset.span);
            button.setAttribute("aria-pressed", String(own === span_s));
        }
    },
});
const timeline = new Timeline($("track"), $("timeline"), $("track-tip"), { seek });
const list = new EventList({ list: $("events"), filter: $("filter"), count: $("events-count") }, (t_s) => seek(t_s - BEFORE_S));
const world = new World({ body: $("muscles"), power: $("power"), cadence: $("cadence"), heart: $("heart") });
const faults = new Faults(
    { sites: $("sites"), palette: $("palette"), explain: $("explain"), lasting: $("lasting"), extra: $("extra"), injected: $("injected") },
    { fault: ask, error: toast },
);

// ---- What the server says

const link = new Link({
    message(message) {
        ({ hello, state: news, rows, event, cue, build, error: ({ message: text }) => toast(text) })[message.is]?.(message);
    },
    frame: (t_s, png) => device.frame(png),
    link(is, wait_ms) {
        document.body.dataset.link = is;
        if (is === "open") return banner("");
        if (is === "soon") return banner("The new build starts…");
        // The first moments of a connection are not worth a word.
        if (is === "lost") banner(`Connection lost. Trying again${wait_ms >= 1000 ? ` in ${Math.round(wait_ms / 1000)} s` : ""}.`, true);
    },
});

/// Why nothing can be broken, where nothing can.
const NO_FAULTS = {
    recording: "A recording is what the sensors said: it takes presses, laps and markers, but no fault.",
    log: "A log is the ride as it was: nothing can be done on it but to look at any of its moments.",
    live: "These are real sensors: what happens to them is real, too.",
};

function hello(message) {
    if (ride && ride.build !== message.build) return location.reload();
    ride = message;
    names = new Map(message.sites.map(({ site, words: text }) => [site, text]));
    series = new Series(message.sites);
    const told = message.series;
    if (told) series.take(Array.isArray(told) ? { from_s: 0, rows: told } : told);
    events = new Events();
    message.events?.forEach((it) => events.add(it));
    const looks = styles(message.sites);
    world.ride(message.sites, looks);
    charts.ride(series, message.sites, looks);
    faults.ride(message.sites, message.faults ?? []);
    legend(message.sites, looks);
    options($("scenario"), message.scenarios ?? [], message.name);
    options($("display"), message.displays.map(({ name }) => name), state?.display, (name) => name.replaceAll("-", " "));
    options($("lang"), message.langs, state?.lang, language);
    // A ride with real sensors is what happens: it has no other time, seed or way, and no end that is known.
    const live_now = message.kind === "live";
    if (live_now) document.querySelector("#via").selectedIndex = -1;
    for (const id of ["seed", "via"]) $(id).disabled = message.kind !== "scenario";
    for (const id of ["scenario", "play", "time", "speed"]) $(id).disabled = live_now;
    document.body.dataset.kind = message.kind;
    for (const element of document.querySelectorAll(".faults button, .does button, .does input")) {
        element.disabled = message.kind === "log";
    }
    // A recording is what the sensors said: it takes presses, laps and words, but no fault.
    for (const button of $("palette").children) button.disabled = message.kind !== "scenario";
    $("no-faults").textContent = NO_FAULTS[message.kind] ?? "";
    if (live_now) $("undo").disabled = true;
    $("toml").hidden = message.kind !== "scenario";
    for (const button of document.querySelectorAll("#speeds button, [data-by], #step")) button.disabled = live_now;
    $("end").textContent = live_now ? "live" : `of ${clock(message.end_s)}`;
    document.title = `${message.name} · Sling bench`;
    events_changed();
}

function news(message) {
    const before = state;
    state = message;
    if (seeking.waits && !message.busy) sought();
    // While a drag goes on its own second is shown, not where the server has got to.
    if (seeking.wanted !== null) state.t_s = seeking.wanted;
    const size = ride?.displays.find(({ name }) => name === message.display);
    if (size && size.name !== before?.display) device.size(size.w, size.h);
    document.body.classList.toggle("playing", message.playing);
    document.body.classList.toggle("busy", Boolean(message.busy));
    $("play").setAttribute("aria-label", message.playing ? "Pause" : "Play");
    for (const [id, value] of Object.entries({ display: message.display, theme: message.theme, lang: message.lang, seed: message.seed, via: message.via })) {
        const input = $(id);
        if (document.activeElement !== input || input.tagName === "SELECT") input.value = value === null ? "" : String(value);
    }
    for (const button of document.querySelectorAll("#speeds button")) {
        button.setAttribute("aria-pressed", String(button.dataset.x === String(message.speed)));
    }
    $("speed").value = String(message.speed);
    $("ran").textContent = message.ended ? "the end" : message.busy ? "catching up…" : message.playing && message.ran_x > 0 ? `${rate(message.ran_x)}×` : "";
    $("line").textContent = message.line;
    const notes = (message.notes ?? []).join("\n");
    if ($("notes").textContent !== notes) $("notes").textContent = notes;
    if ($("words").textContent !== message.words) $("words").textContent = message.words;
    $("screen").setAttribute("aria-label", `Display, page ${words(message.page)}`);
    faults.via(message.via);
    faults.show(message.injected ?? []);
    if (events.done(message.injected ?? [])) events_changed();
    announce(before, message);
    show_time();
}

/// Another build of Sling is made; the old one goes on until it is there.
let built = 0;
function build({ state: is, words: text }) {
    clearTimeout(built);
    $("build").classList.toggle("failed", is === "failed");
    if ($("build").textContent !== text) $("build").textContent = text;
    if (is !== "ok") return;
    link.soon();
    built = setTimeout(() => ($("build").textContent = ""), 4000);
}

function rows(message) {
    series.take(message);
    if (message.keep === false) {
        events.cut(message.from_s);
        events_changed();
    }
    show_time();
}

function event({ event: it }) {
    if (!events.add(it)) return;
    events_changed();
    if (["alert", "notice"].includes(it.event)) live(`${it.event}: ${say(it, names)}`);
}

function cue(message) {
    const text = `${words(message.cue)}${message.level ? `, ${message.level}` : ""}`;
    device.play(message, text);
    sound.play(message);
}

// ---- What is shown

function show_time() {
    if (!state || !ride) return;
    const end_s = ride.end_s ?? Math.max(LIVE_S, Math.ceil(state.t_s / LIVE_S) * LIVE_S);
    const now = { t_s: state.t_s, known_s: Math.max(state.known_s, Math.min(state.t_s, series.length)), end_s };
    charts.show(now);
    timeline.show(now, series, bands);
    list.now(state.t_s);
    world.show(series.at(Math.min(state.t_s, series.length - 1)));
    if (document.activeElement !== $("time")) $("time").value = clock(state.t_s);
}

let asked_events = false;
/// At a hundred times as fast events come in crowds: drawn once a frame.
function events_changed() {
    if (asked_events) return;
    asked_events = true;
    requestAnimationFrame(() => {
        asked_events = false;
        const seen = events.bands(names);
        charts.bands(seen.filter(({ kind }) => kind !== "rest"));
        bands = [...written(), ...seen];
        list.show(events.listed(), names);
        show_time();
    });
}

/// What the scenario itself has in store, for the timeline: faults, and effects, which are the truth to be found.
const written = () =>
    (ride.written ?? []).map(({ t_s, until_s, kind, words: text }) => ({
        from_s: t_s, to_s: until_s ?? ride.end_s, kind, words: `in the scenario: ${words(text)}`, planned: true,
    }));

const rate = (x) => (x >= 10 ? Math.round(x).toLocaleString("en") : x.toFixed(1));

function legend(sites, looks) {
    $("legend").replaceChildren(
        ...sites.map(({ words: text }, i) => {
            const button = Object.assign(document.createElement("button"), { type: "button" });
            button.dataset.colour = looks[i].colour;
            button.dataset.shape = looks[i].round ? "round" : "square";
            button.setAttribute("aria-pressed", "true");
            button.append(document.createElement("i"), text);
            button.addEventListener("click", () => button.setAttribute("aria-pressed", String(charts.toggle(i))));
            return button;
        }),
    );
}

function options(select, values, chosen, say_it = (value) => value) {
    const all = values.includes(chosen) || chosen === undefined ? values : [chosen, ...values];
    select.replaceChildren(...all.map((value) => new Option(say_it(value), value, false, value === chosen)));
}

function language(code) {
    try {
        return new Intl.DisplayNames([code], { type: "language" }).of(code);
    } catch {
        return code;
    }
}

function banner(text, retry = false) {
    const parts = text ? [text] : [];
    if (retry) {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Now" });
        button.addEventListener("click", () => link.again());
        parts.push(" ", button);
    }
    // A screen reader hears it once, not at every try.
    if ($("link").firstChild?.textContent !== text) $("link").replaceChildren(...parts);
}

/// A line that stays long enough to be read; the same again counts instead of piling up.
function toast(text) {
    const same = [...$("toasts").children].find((it) => it.dataset.text === text);
    if (same) return void same.animate([{ opacity: 0.4 }, { opacity: 1 }], 300);
    const line = Object.assign(document.createElement("div"), { className: "toast" });
    line.dataset.text = text;
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: "×", ariaLabel: "Dismiss" });
    close.addEventListener("click", () => line.remove());
    line.append(Object.assign(document.createElement("span"), { textContent: text }), close);
    $("toasts").append(line);
    const go = () => (line.matches(":hover, :focus-within") ? setTimeout(go, 2000) : line.remove());
    setTimeout(go, 6000 + text.length * 40);
}

/// For screen readers: what changed by somebody's doing, and alerts; not the numbers of every second.
let last_live = 0;
function live(text) {
    const now = performance.now();
    if (now - last_live < 3000 && state?.playing) return;
    last_live = now;
    $("live").textContent = text;
}

function announce(before, now) {
    if (!before) return;
    if (before.page !== now.page) live(`Page ${words(now.page)}. ${now.words}`);
    else if (before.playing && !now.playing) live(`${now.ended ? "The end" : "Paused"}, ${spoken(now.t_s)}. ${now.words}`);
    else if (!before.playing && now.playing) live("Playing");
}

// ---- What a person does

const picks = { scenario: ["open", "name"], display: ["display", "display"], theme: ["theme", "theme"], lang: ["lang", "lang"], via: ["via", "via"] };
for (const [id, [act, key]] of Object.entries(picks)) $(id).addEventListener("change", ({ target }) => ask({ do: act, [key]: target.value }));
$("seed").addEventListener("change", ({ target }) => {
    if (target.value !== "" && target.checkValidity()) ask({ do: "seed", seed: Number(target.value) });
    else target.value = String(state?.seed ?? "");
});

$("play").addEventListener("click", play);
$("step").addEventListener("click", step);
document.querySelectorAll("[data-by]").forEach((button) => button.addEventListener("click", () => by(Number(button.dataset.by))));
document.querySelectorAll("#speeds button").forEach((button) => {
    const { x } = button.dataset;
    button.addEventListener("click", () => ask({ do: "speed", x: x === "max" ? x : Number(x) }));
});
$("speed").addEventListener("change", ({ target }) => ask({ do: "speed", x: target.value === "max" ? "max" : Number(target.value) }));
$("goto").addEventListener("submit", (event) => {
    event.preventDefault();
    const t_s = parse($("time").value);
    if (t_s === null) return toast(`"${$("time").value}" is not a time: 1:12:33, 12:33 or 12 min.`);
    $("time").blur();
    seek(t_s);
});
$("time").addEventListener("focus", () => $("time").select());
$("time").addEventListener("blur", show_time);

document.querySelectorAll("[data-span]").forEach((button) => {
    const { span } = button.dataset;
    button.addEventListener("click", () => charts.span(span === "all" ? Infinity : Number(span)));
});
$("zoom-in").addEventListener("click", () => charts.zoom(0.5));
$("zoom-out").addEventListener("click", () => charts.zoom(2));
$("follow").addEventListener("click", () => charts.follow($("follow").getAttribute("aria-pressed") !== "true"));

$("lap").addEventListener("click", () => ask({ do: "lap" }));
$("label").addEventListener("submit", (event) => {
    event.preventDefault();
    const act = event.submitter?.dataset.do ?? "marker";
    const text = $("label-text").value.trim();
    if (!text) {
        $("label-text").focus();
        return toast(`A ${act} needs a few words.`);
    }
    ask({ do: act, text });
    $("label-text").value = "";
});
$("undo").addEventListener("click", () => ask({ do: "undo" }));
$("unblock").addEventListener("click", () => sound.wake());

$("copy").addEventListener("click", async () => {
    const done = await copy(state?.line ?? "");
    $("copy").textContent = done ? "Copied" : "Select and copy";
    live(done ? "Copied" : "The browser does not allow to copy");
    // What was done here is in no file yet.
    if (state?.injected?.length) {
        const [file, button] = ride?.kind === "scenario" ? ["session.toml", "Scenario"] : ["session.slinglog", "Log"];
        toast(`The line plays ${file}: save it with “${button}” into the folder where you run it.`);
    }
    setTimeout(() => ($("copy").textContent = "Copy"), 1600);
});
async function copy(text) {
    getSelection().selectAllChildren($("line"));
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        // Not over plain HTTP from another machine; what is selected can be copied all the same.
        return document.execCommand("copy");
    }
}
for (const id of ["toml", "log"]) $(id).href += location.search;

$("help-open").addEventListener("click", () => $("help").showModal());
$("help").addEventListener("click", (event) => event.target === $("help") && $("help").close());
const single = $("single");
try {
    single.checked = localStorage.getItem("sling-keys") !== "off";
    single.addEventListener("change", () => localStorage.setItem("sling-keys", single.checked ? "on" : "off"));
} catch {
    // Only not remembered.
}

/// The event after or before the present one.
function jump(forward) {
    const heads = events.listed().filter((it) => ["alert", "notice", "mark", "fault"].includes(kind_of(it)) && !it.event.endsWith("_cleared"));
    const now = state.t_s + BEFORE_S;
    const to = forward ? heads.find((it) => it.t_s > now + 0.5) : heads.findLast((it) => it.t_s < now - 0.5);
    if (to) seek(to.t_s - BEFORE_S);
}

function faster(by_steps) {
    const at = SPEEDS.indexOf(state.speed);
    const nearest = at >= 0 ? at : SPEEDS.findIndex((x) => x === "max" || x >= state.speed);
    // Two quick presses are two steps, whether or not the server has answered the first.
    state.speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, nearest + by_steps))];
    ask({ do: "speed", x: state.speed });
}

const BUTTONS = { u: "up", s: "select", d: "down" };
const KEYS = {
    ".": step, "[": () => by(-10), "]": () => by(10), "{": () => by(-60), "}": () => by(60),
    "<": () => faster(-1), ">": () => faster(1), "+": () => charts.zoom(0.5), "=": () => charts.zoom(0.5),
    "-": () => charts.zoom(2), f: () => charts.follow(), l: () => ask({ do: "lap" }), m: () => $("label-text").focus(),
    z: () => ask({ do: "undo" }), t: () => $("time").focus(), n: () => jump(true), p: () => jump(false),
    "?": () => $("help").showModal(),
};
addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !state || !ride) return;
    if ($("help").open || event.target.closest?.("input, textarea, select")) return;
    if (event.key === " ") {
        if (event.target.closest?.("button, a, summary, [role=textbox]")) return;
        event.preventDefault();
        if (!event.repeat) play();
        return;
    }
    if (!single.checked) return;
    const button = BUTTONS[event.key.toLowerCase()];
    if (button && !event.repeat) {
        const long = event.key !== event.key.toLowerCase();
        press(button, long);
        device.flash(button, long ? 800 : 120);
    } else if (KEYS[event.key]) {
        KEYS[event.key]();
    } else {
        return;
    }
    event.preventDefault();
});
charts.span(300);
