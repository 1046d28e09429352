// The whole ride on one track: power as ground, alerts, notices, marks and faults in a lane each, the present second as a
// handle. Click and drag scrub, a click on a mark goes ten seconds before it, arrow keys move when it has the focus.
import { Surface, half, place, tick_step } from "./canvas.js";
import { KINDS } from "./events.js";
import { clock, spoken } from "./times.js";

const EDGE = 12;
const HEAD = 8;
const FOOT = 18;
const BEFORE_S = 10;
/// Pixels about a mark that are the mark's.
const REACH = 6;
const LANES = new Map([...KINDS.map(({ kind, lane }) => [kind, lane]), ["effect", 2]]);

export class Timeline {
    #surface;
    #now = { t_s: 0, known_s: 0, end_s: 1 };
    #series = null;
    #bands = [];
    #shown = "";
    #drawn = null;
    #drag = null;
    #over = null;
    #on;

    /// `on` has `seek(t_s, settled)`: not settled while a drag goes on.
    constructor(track, canvas, tip, on) {
        Object.assign(this, { track, tip });
        this.#on = on;
        this.#surface = new Surface(canvas, (...all) => this.#draw(...all));
        track.addEventListener("pointerdown", (event) => this.#down(event));
        track.addEventListener("pointermove", (event) => this.#move(event));
        track.addEventListener("pointerup", (event) => this.#up(event));
        track.addEventListener("pointercancel", () => (this.#drag = null));
        track.addEventListener("pointerleave", () => this.#hover(null));
        track.addEventListener("keydown", (event) => this.#key(event));
    }

    show(now, series, bands) {
        this.#now = now;
        this.#series = series;
        this.#bands = bands;
        const { track } = this;
        track.setAttribute("aria-valuemax", String(Math.round(now.end_s)));
        track.setAttribute("aria-valuenow", String(Math.round(now.t_s)));
        track.setAttribute("aria-valuetext", `${spoken(now.t_s)} of ${spoken(now.end_s)}`);
        const px = Math.round((now.t_s / Math.max(1, now.end_s)) * this.#surface.w);
        const known = Math.round((now.known_s / Math.max(1, now.end_s)) * this.#surface.w);
        const shown = [px, known, now.end_s, series.length === 0].join();
        if (shown === this.#shown && bands === this.#drawn) return;
        this.#shown = shown;
        this.#drawn = bands;
        this.#surface.ask();
    }

    #x(s) {
        return EDGE + (s / Math.max(1, this.#now.end_s)) * (this.#surface.w - EDGE * 2);
    }

    #second(event) {
        const x = event.clientX - this.track.getBoundingClientRect().left;
        const share = (x - EDGE) / (this.#surface.w - EDGE * 2);
        return Math.max(0, Math.min(1, share)) * this.#now.end_s;
    }

    #lanes() {
        const high = this.#surface.h - HEAD - FOOT;
        return { top: HEAD, high, lane: high / 4 };
    }

    /// The mark under a pointer.
    #mark(event) {
        const box = this.track.getBoundingClientRect();
        const [x, y] = [event.clientX - box.left, event.clientY - box.top];
        const { top, lane } = this.#lanes();
        const row = Math.floor((y - top) / lane);
        const near = this.#bands
            .filter((band) => LANES.get(band.kind) === row)
            .map((band) => {
                const [a, b] = [this.#x(band.from_s), this.#x(Math.min(band.to_s, band.planned ? this.#now.end_s : this.#now.known_s))];
                return { band, off: x < a ? a - x : Math.max(0, x - Math.max(a, b)) };
            })
            .filter(({ off }) => off <= REACH);
        return near.sort((a, b) => a.off - b.off)[0]?.band ?? null;
    }

    #down(event) {
        if (event.button !== 0) return;
        this.track.setPointerCapture(event.pointerId);
        const mark = this.#mark(event);
        this.#drag = { x: event.clientX, mark, moved: false };
        if (!mark) this.#on.seek(Math.round(this.#second(event)), false);
    }

    #move(event) {
        if (!this.#drag) return this.#hover(event);
        if (Math.abs(event.clientX - this.#drag.x) > 3) this.#drag.moved = true;
        if (this.#drag.moved) {
            this.#on.seek(Math.round(this.#second(event)), false);
            this.#hover(event);
        }
    }

    #up(event) {
        if (!this.#drag) return;
        const { mark, moved } = this.#drag;
        this.#drag = null;
        this.#on.seek(mark && !moved ? Math.max(0, mark.from_s - BEFORE_S) : Math.round(this.#second(event)), true);
    }

    #key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const { t_s, end_s } = this.#now;
        const step = event.shiftKey ? 10 : 1;
        const to = {
            ArrowLeft: t_s - step, ArrowDown: t_s - step, ArrowRight: t_s + step, ArrowUp: t_s + step,
            PageDown: t_s - 60, PageUp: t_s + 60, Home: 0, End: end_s,
        }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        this.#on.seek(Math.max(0, Math.min(end_s, to)), true);
    }

    #hover(event) {
        this.#over = event ? (this.#drag ? null : this.#mark(event)) : null;
        this.track.classList.toggle("on-mark", Boolean(this.#over));
        this.tip.hidden = !event;
        if (!event) return;
        this.tip.textContent = this.#over ? `${clock(this.#over.from_s)} ${this.#over.words}` : clock(this.#second(event));
        const x = event.clientX - this.track.getBoundingClientRect().left;
        place(this.tip, this.track, x, 0);
        this.tip.style.transform += " translateY(-110%)";
    }

    #draw(context, w, h, colour) {
        const { t_s, known_s, end_s } = this.#now;
        const { top, high, lane } = this.#lanes();
        const right = w - EDGE;
        const x = (s) => this.#x(s);
        const box = (from, to, style) => {
            context.fillStyle = style;
            context.beginPath();
            context.roundRect(from, top, Math.max(0, to - from), high, 3);
            context.fill();
        };
        box(EDGE, right, colour.unknown);
        box(EDGE, Math.max(EDGE, x(Math.min(known_s, end_s))), colour.panel);
        this.#draw_power(context, w, colour, top, high);
        context.fillStyle = colour.played;
        context.fillRect(EDGE, top, Math.max(0, x(t_s) - EDGE), high);

        for (const band of this.#bands) {
            const row = LANES.get(band.kind) ?? null;
            if (row === null) continue;
            const a = x(band.from_s);
            if (band.planned) {
                const end = Math.max(a + 3, x(Math.min(band.to_s, end_s)));
                context.fillStyle = colour[band.kind === "fault" ? "plan-fault" : "plan-effect"];
                context.fillRect(a, top + row * lane + 1.5, end - a, lane - 3);
                continue;
            }
            const b = Math.max(a + 4, x(Math.min(band.to_s, known_s, end_s)));
            const y = top + row * lane;
            context.globalAlpha = band.from_s > t_s ? 0.5 : 1;
            context.fillStyle = colour[`mark-${band.kind}`];
            this.#shape(context, band.kind, a, b, y, lane);
            context.globalAlpha = 1;
        }

        context.font = "11px system-ui, sans-serif";
        context.textAlign = "center";
        context.textBaseline = "top";
        const tick = tick_step(end_s, right - EDGE, 84);
        for (let s = 0; s <= end_s + 0.01; s += tick) {
            const room = context.measureText(clock(s)).width / 2;
            context.strokeStyle = colour.rule;
            context.beginPath();
            context.moveTo(half(x(s)), top + high);
            context.lineTo(half(x(s)), top + high + 4);
            context.stroke();
            context.fillStyle = colour.soft;
            context.fillText(clock(s), Math.max(room + 2, Math.min(x(s), w - room - 2)), top + high + 5);
        }

        const at = half(x(t_s));
        context.strokeStyle = colour.paper;
        context.lineWidth = 4;
        context.beginPath();
        context.moveTo(at, top - 2);
        context.lineTo(at, top + high + 2);
        context.stroke();
        context.strokeStyle = colour.ink;
        context.lineWidth = 2;
        context.beginPath();
        context.moveTo(at, top - 2);
        context.lineTo(at, top + high + 2);
        context.stroke();
        context.lineWidth = 1;
        context.fillStyle = colour.ink;
        context.beginPath();
        context.roundRect(at - 5, top - 7, 10, 9, 3);
        context.fill();
    }

    /// A shape for each kind, so that colour is not all that tells them apart.
    #shape(context, kind, a, b, y, lane) {
        const mid = y + lane / 2;
        context.beginPath();
        if (kind === "alert") {
            context.roundRect(a, y + 1.5, b - a, lane - 3, 2);
        } else if (kind === "notice") {
            context.rect(a, mid - 1.5, b - a, 3);
            context.moveTo(a + 3.5, mid);
            context.arc(a, mid, Math.min(4, lane / 2 - 1), 0, Math.PI * 2);
        } else if (kind === "mark") {
            context.moveTo(a - 4, y + 2);
            context.lineTo(a + 4, y + 2);
            context.lineTo(a, y + lane - 2);
        } else {
            const r = Math.min(5, lane / 2);
            if (b - a > 8) context.rect(a, mid - 1, b - a, 2);
            context.moveTo(a, mid - r);
            context.lineTo(a + r, mid);
            context.lineTo(a, mid + r);
            context.lineTo(a - r, mid);
        }
        context.fill();
    }

    #draw_power(context, w, colour, top, high) {
        if (!this.#series?.length) return;
        const { cells } = this.#series.power;
        const wide = w - EDGE * 2;
        const per = this.#now.end_s / wide;
        let peak = 250;
        for (let at = 0; at < this.#series.length; at += 1) if (cells[at] > peak) peak = cells[at];
        context.fillStyle = colour["power-ground"];
        for (let px = 0; px < wide; px += 1) {
            const from = Math.floor(px * per);
            const to = Math.max(from + 1, Math.floor((px + 1) * per));
            let [sum, n] = [0, 0];
            for (let s = from; s < Math.min(to, this.#series.length); s += 1) {
                if (cells[s] >= 0) [sum, n] = [sum + cells[s], n + 1];
            }
            if (n) context.fillRect(EDGE + px, top + high * (1 - (0.95 * sum) / n / peak), 1, (high * 0.95 * sum) / n / peak);
        }
    }
}
