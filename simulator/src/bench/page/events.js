// What happened, as a list that can be filtered and as bands for charts and timeline. Enter on one goes ten seconds before.
import { clock, length, words } from "./times.js";

/// Kinds that a filter knows, in the order of their buttons. `lane` is the row of the timeline.
export const KINDS = [
    { kind: "alert", words: "Alerts", lane: 0 },
    { kind: "notice", words: "Notices", lane: 1 },
    { kind: "mark", words: "Marks", lane: 2 },
    { kind: "fault", words: "Faults", lane: 3 },
    { kind: "rest", words: "Other", lane: null },
];
const OF = {
    alert: "alert", alert_level: "alert", alert_cleared: "alert", acknowledged: "alert", snoozed: "alert", snooze_over: "alert",
    notice: "notice", notice_cleared: "notice", nudge: "notice", clock_back: "notice", storage: "notice", radio: "notice",
    lap: "mark", marker: "mark", position: "mark", block: "mark", block_ended: "mark", fault: "fault", fault_over: "fault",
};
/// How many are in the list at once; the newest that pass the filter.
const MOST = 400;

export const kind_of = (event) => OF[event.event] ?? "rest";
const starts = (event) => ["alert", "notice", "lap", "marker", "position", "fault", "nudge"].includes(event.event);

/// An event in a few words, with the sites' words for people.
export function say(event, names = new Map()) {
    const site = (code) => names.get(code) ?? code;
    const at = event.site ? ` · ${site(event.site)}` : "";
    switch (event.event) {
        case "alert": return `${words(event.pattern)}, ${event.level}${at}${event.strength_pct ? ` · ${event.strength_pct}\u00a0%` : ""}`;
        case "alert_level": return `${words(event.pattern)} is now ${event.level}${at}`;
        case "alert_cleared": return `${words(event.pattern)} over${at}`;
        case "notice": return `${words(event.reason)}${at}`;
        case "notice_cleared": return `${words(event.reason)} over${at}`;
        case "cue": return `cue ${words(event.cue)}, ${event.level ?? ""}`.replace(/, $/, "");
        case "lap": return `lap ${event.number ?? ""}`.trim();
        case "marker": return `marker: ${event.label}`;
        case "position": return `position: ${event.label}`;
        case "sensor": return `sensor ${words(event.change)}${at || ` · ${event.sensor}`}`;
        case "armed": return `armed${at}`;
        case "disarmed": return `disarmed, ${words(event.reason)}${at}`;
        case "radio": return `${event.radio} ${words(event.state)}`;
        case "snoozed": return `snoozed for ${length(event.for_s ?? 0)}`;
        case "fault":
        case "press":
        case "touch": return words(event.words);
        default: {
            const rest = event.words ?? event.reason ?? event.cue ?? event.result ?? "";
            return `${words(event.event)}${rest ? ` ${words(rest)}` : ""}${at}`;
        }
    }
}

/// The ride's events in order of time, each once however often it is told.
export class Events {
    all = [];
    #known = new Set();
    #done = [];
    #done_key = "[]";

    add(event) {
        const key = JSON.stringify(event);
        if (this.#known.has(key)) return false;
        this.#known.add(key);
        let at = this.all.length;
        while (at > 0 && this.all[at - 1].t_s > event.t_s) at -= 1;
        this.all.splice(at, 0, event);
        return true;
    }

    /// What was done on the bench, which the head unit does not tell of: faults, presses, touches. Says if that is news.
    done(injected) {
        const own = injected.filter(({ kind }) => ["fault", "press", "touch"].includes(kind));
        const key = JSON.stringify(own.map(({ t_s, words: text }) => [t_s, text]));
        if (key === this.#done_key) return false;
        this.#done_key = key;
        this.#done = own.map(({ t_s, kind, words: text }) => {
            const lasts = / (\d+(?:\.\d+)?) s$/.exec(text);
            return { t_s, event: kind, words: kind === "fault" ? text : `${kind} ${text}`, duration_s: lasts ? Number(lasts[1]) : 0 };
        });
        return true;
    }

    /// All of it in order of time.
    listed() {
        return [...this.all, ...this.#done].sort((a, b) => a.t_s - b.t_s);
    }

    /// Forgets what is at or after a second.
    cut(from_s) {
        this.all = this.all.filter((event) => event.t_s < from_s);
        this.#known = new Set(this.all.map((event) => JSON.stringify(event)));
    }

    /// Alerts and notices from their first to their last second, marks as moments: `{ from_s, to_s, kind, words }`.
    bands(names) {
        const open = new Map();
        const bands = [];
        for (const event of this.listed()) {
            const kind = kind_of(event);
            const key = `${kind} ${event.pattern ?? event.reason} ${event.site}`;
            if (event.event === "alert" || event.event === "notice") {
                const band = { from_s: event.t_s, to_s: Infinity, kind, words: words(event.pattern ?? event.reason), level: event.level, event };
                open.set(key, band);
                bands.push(band);
            } else if (event.event === "alert_cleared" || event.event === "notice_cleared") {
                const band = open.get(key);
                if (band) band.to_s = event.t_s;
                open.delete(key);
            } else if (starts(event)) {
                const to_s = event.t_s + (event.duration_s ?? 0);
                bands.push({ from_s: event.t_s, to_s, kind, words: event.label ?? say(event, names), event });
            }
        }
        return bands;
    }
}

/// The list beside the timeline.
export class EventList {
    #shown = new Set(KINDS.filter(({ kind }) => kind !== "rest").map(({ kind }) => kind));
    #now_s = 0;

    constructor({ list, filter, count }, on_jump) {
        Object.assign(this, { list, filter, count });
        this.events = [];
        this.names = new Map();
        for (const { kind, words: text } of KINDS) {
            const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
            button.dataset.kind = kind;
            button.setAttribute("aria-pressed", String(this.#shown.has(kind)));
            button.addEventListener("click", () => {
                if (!this.#shown.delete(kind)) this.#shown.add(kind);
                button.setAttribute("aria-pressed", String(this.#shown.has(kind)));
                this.show(this.events, this.names);
            });
            filter.append(button);
        }
        list.addEventListener("click", (event) => {
            const button = event.target.closest("button");
            if (button) on_jump(Number(button.dataset.t));
        });
        list.addEventListener("keydown", (event) => this.#key(event));
    }

    #key(event) {
        const buttons = [...this.list.querySelectorAll("button")];
        const at = buttons.indexOf(document.activeElement);
        const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
        if (to === undefined || !buttons[to]) return;
        event.preventDefault();
        event.stopPropagation();
        this.#stop_at(buttons[to]);
        buttons[to].focus();
    }

    /// One stop for Tab in the whole list.
    #stop_at(button) {
        this.list.querySelectorAll("button").forEach((each) => (each.tabIndex = each === button ? 0 : -1));
    }

    show(events, names) {
        this.events = events;
        this.names = names;
        const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
        const passing = events.filter((event) => this.#shown.has(kind_of(event)));
        const rows = passing.slice(-MOST).map((event) => {
            const item = document.createElement("li");
            const button = Object.assign(document.createElement("button"), { type: "button", tabIndex: -1 });
            button.dataset.t = event.t_s;
            button.dataset.kind = kind_of(event);
            button.dataset.key = JSON.stringify(event);
            if (event.level) button.dataset.level = event.level;
            const time = Object.assign(document.createElement("time"), { textContent: clock(event.t_s) });
            const text = Object.assign(document.createElement("span"), { textContent: say(event, names) });
            button.append(Object.assign(document.createElement("i"), { ariaHidden: "true" }), time, text);
            item.append(button);
            return item;
        });
        if (!rows.length) {
            const none = Object.assign(document.createElement("li"), { className: "none", textContent: events.length ? "None of these kinds yet" : "Nothing yet" });
            rows.push(none);
        }
        this.list.replaceChildren(...rows);
        const buttons = [...this.list.querySelectorAll("button")];
        const again = buttons.find((button) => button.dataset.key === focused);
        this.#stop_at(again ?? buttons[0]);
        again?.focus({ preventScroll: true });
        this.count.textContent = passing.length === events.length ? `${events.length}` : `${passing.length} of ${events.length}`;
        this.#dim(true);
    }

    /// What lies ahead is dim; the last that has happened is kept in sight.
    now(t_s) {
        const before = this.#now_s;
        this.#now_s = t_s;
        const crosses = this.events.some(({ t_s: at }) => at > Math.min(before, t_s) && at <= Math.max(before, t_s));
        if (crosses) this.#dim(true);
    }

    #dim(scroll) {
        let last = null;
        for (const button of this.list.querySelectorAll("button")) {
            const ahead = Number(button.dataset.t) > this.#now_s + 0.001;
            button.classList.toggle("ahead", ahead);
            if (!ahead) last = button;
        }
        if (!scroll || this.list.contains(document.activeElement) || this.list.matches(":hover")) return;
        const row = last?.parentElement;
        if (row) this.list.scrollTop = row.offsetTop + row.offsetHeight - this.list.clientHeight * 0.7;
    }
}
