// Strip charts: SmO2 of each muscle, and power below on the same time axis. Four things a muscle: what is true (thin and
// grey), what its sensor said (dots), what Sling believes (line with marks), what Sling expects (dashed). A gap is a gap.
// What is known of the time to come is dim. Wheel or pinch zooms, a drag pans, arrows move a read-out, Enter goes there.
import { Surface, half, mark, place, tick_step } from "./canvas.js";
import { clock, spoken, words } from "./times.js";

const LEFT = 44;
const RIGHT = 10;
const TOP = 20;
const GAP = 16;
const FOOT = 20;
const SHORTEST_S = 15;
/// Where the present second stands while the charts follow it.
const PRESENT_AT = 0.82;
const CHANNELS = ["truth", "said", "belief", "expected"];

export class Charts {
    #surface;
    #series = null;
    #styles = [];
    #sites = [];
    #hidden = new Set();
    #now = { t_s: 0, known_s: 0, end_s: 1 };
    #span_s = 300;
    #from_s = 0;
    #follows = true;
    #range = null;
    #shown = "";
    #cursor = null;
    #pointers = new Map();
    #pinch = null;
    #moved = false;
    #bands = [];
    #on;

    /// `on` has `seek(t_s)` and `view(follows, span_s)`.
    constructor(plot, canvas, tip, on) {
        Object.assign(this, { plot, tip });
        this.#on = on;
        this.#surface = new Surface(canvas, (...all) => this.#draw(...all));
        plot.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
        plot.addEventListener("pointerdown", (event) => this.#down(event));
        plot.addEventListener("pointermove", (event) => this.#move(event));
        for (const name of ["pointerup", "pointercancel"]) plot.addEventListener(name, (event) => this.#up(event));
        plot.addEventListener("pointerleave", () => this.#pointers.size || this.#read(null));
        plot.addEventListener("dblclick", (event) => this.#on.seek(this.#second(event)));
        plot.addEventListener("keydown", (event) => this.#key(event));
        plot.addEventListener("blur", () => this.#read(null));
        plot.addEventListener("focus", () => plot.matches(":focus-visible") && this.#read(Math.floor(this.#now.t_s)));
    }

    /// Another ride.
    ride(series, sites, styles) {
        this.#series = series;
        this.#sites = sites;
        this.#styles = styles;
        this.#range = null;
        this.#hidden.clear();
        this.redraw();
    }

    /// The present second, how far the ride is known, and its end.
    show(now) {
        // Elsewhere is another picture, with a range of its own.
        if (Math.abs(now.t_s - this.#now.t_s) > this.view().span_s / 2) this.#range = null;
        this.#now = now;
        // Drawn when something has moved by a pixel: at 1× that is a few times a second, or less.
        const px = Math.round((now.t_s / this.view().span_s) * this.#surface.w);
        const shown = [px, Math.floor(now.known_s), now.end_s, this.#series?.length].join();
        if (shown === this.#shown) return;
        this.#shown = shown;
        this.redraw();
    }

    /// Times to shade: `{ from_s, to_s, kind, words }`.
    bands(bands) {
        this.#bands = bands;
        this.redraw();
    }

    redraw() {
        this.#surface.ask();
    }

    /// Shows a muscle or leaves it out; says which it is.
    toggle(index) {
        if (!this.#hidden.delete(index)) this.#hidden.add(index);
        this.#range = null;
        this.redraw();
        return !this.#hidden.has(index);
    }

    follow(on = true) {
        if (!on) this.#from_s = this.view().from_s;
        this.#follows = on;
        this.#range = null;
        this.#tell();
    }

    /// Seconds across; `Infinity` is the whole ride.
    span(s) {
        this.#zoom_to(s, null);
        this.follow();
    }

    zoom(factor, about_s = null) {
        const wanted = this.view().span_s * factor;
        this.#zoom_to(wanted >= this.#now.end_s ? Infinity : wanted, about_s);
    }

    /// What is in sight.
    view() {
        const { t_s, end_s } = this.#now;
        const span_s = Math.max(SHORTEST_S, Math.min(this.#span_s, Math.max(end_s, SHORTEST_S)));
        const wanted = this.#follows ? t_s - span_s * PRESENT_AT : this.#from_s;
        return { from_s: Math.max(0, Math.min(wanted, end_s - span_s)), span_s };
    }

    #tell() {
        this.#on.view(this.#follows, this.#span_s);
        this.redraw();
    }

    #zoom_to(s, about_s) {
        const before = this.view();
        const at = about_s ?? (this.#follows ? this.#now.t_s : before.from_s + before.span_s / 2);
        const share = (at - before.from_s) / before.span_s;
        this.#span_s = Math.max(SHORTEST_S, s);
        if (!this.#follows) this.#from_s = at - share * this.view().span_s;
        this.#range = null;
        this.#tell();
    }

    #second({ clientX }) {
        const box = this.plot.getBoundingClientRect();
        const { from_s, span_s } = this.view();
        const share = (clientX - box.left - LEFT) / (this.#surface.w - LEFT - RIGHT);
        return Math.max(0, Math.min(this.#now.end_s, from_s + share * span_s));
    }

    #wheel(event) {
        const across = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
        const root = document.scrollingElement;
        // Where the page itself scrolls, the wheel is the page's unless Ctrl is held (which is also what a pinch sends).
        if (!across && !event.ctrlKey && root.scrollHeight > root.clientHeight + 1) return;
        event.preventDefault();
        const lines = event.deltaMode === 1 ? 16 : 1;
        if (across) {
            const by = (event.deltaX || event.deltaY) * lines;
            this.#pan((by / this.#surface.w) * this.view().span_s);
        } else {
            this.zoom(Math.exp(event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015)), this.#follows ? null : this.#second(event));
        }
    }

    #pan(by_s) {
        if (this.#follows) this.follow(false);
        this.#from_s = Math.max(0, Math.min(this.#from_s + by_s, this.#now.end_s - this.view().span_s));
        this.redraw();
    }

    #down(event) {
        if (event.button !== 0) return;
        this.plot.setPointerCapture(event.pointerId);
        this.#pointers.set(event.pointerId, event.clientX);
        this.#moved = false;
        if (this.#pointers.size === 2) {
            const [a, b] = this.#pointers.values();
            this.#pinch = { apart: Math.max(8, Math.abs(a - b)), span_s: this.view().span_s };
        }
    }

    #move(event) {
        const before = this.#pointers.get(event.pointerId);
        if (before === undefined) return this.#read(this.#second(event), event);
        this.#pointers.set(event.pointerId, event.clientX);
        if (this.#pointers.size === 2 && this.#pinch) {
            const [a, b] = this.#pointers.values();
            this.#zoom_to((this.#pinch.span_s * this.#pinch.apart) / Math.max(8, Math.abs(a - b)), null);
        } else if (this.#moved || Math.abs(event.clientX - before) > 2) {
            this.#moved = true;
            this.plot.classList.add("dragged");
            const wide = this.#surface.w - LEFT - RIGHT;
            this.#pan(((before - event.clientX) / wide) * this.view().span_s);
        } else {
            this.#pointers.set(event.pointerId, before);
        }
        this.#read(null);
    }

    #up(event) {
        this.#pointers.delete(event.pointerId);
        this.#pinch = null;
        this.plot.classList.remove("dragged");
        if (!this.#moved && event.pointerType !== "mouse") this.#read(this.#second(event), event);
    }

    #key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const at = this.#cursor ?? Math.floor(this.#now.t_s);
        const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -60, PageDown: 60 }[event.key];
        if (by) this.#read(at + by * (event.shiftKey ? 10 : 1));
        else if (event.key === "Home") this.#read(0);
        else if (event.key === "End") this.#read(this.#now.known_s);
        else if (event.key === "Enter") this.#on.seek(at);
        else if (event.key === "Escape") this.#read(null);
        else return;
        event.preventDefault();
        event.stopPropagation();
    }

    /// Moves the read-out, `null` takes it away.
    #read(t_s, event = null) {
        if (t_s === null) {
            if (this.#cursor === null) return;
            this.#cursor = null;
            this.tip.hidden = true;
            return this.redraw();
        }
        const { known_s, end_s } = this.#now;
        this.#cursor = Math.max(0, Math.min(Math.floor(t_s), Math.floor(Math.min(known_s, end_s))));
        const view = this.view();
        if (!event && (this.#cursor < view.from_s || this.#cursor > view.from_s + view.span_s)) {
            this.#pan(this.#cursor - view.from_s - view.span_s / 2);
        }
        this.#words();
        const box = this.plot.getBoundingClientRect();
        const { from_s, span_s } = this.view();
        const x = LEFT + ((this.#cursor - from_s) / span_s) * (this.#surface.w - LEFT - RIGHT);
        place(this.tip, this.plot, x, event ? event.clientY - box.top + 12 : TOP);
        this.redraw();
    }

    /// The read-out, to be seen and to be heard.
    #words() {
        const row = this.#series?.at(this.#cursor);
        const number = (x, unit) => (x === null ? "–" : `${unit === "%" ? x.toFixed(1) : Math.round(x)}`);
        const head = document.createElement("strong");
        head.textContent = clock(this.#cursor);
        const lines = [head];
        const heard = [spoken(this.#cursor)];
        if (row) {
            const table = document.createElement("table");
            const cells = (tag, all) => {
                const line = document.createElement("tr");
                all.forEach((text) => line.append(Object.assign(document.createElement(tag), { textContent: text })));
                table.append(line);
                return line;
            };
            cells("th", ["", "true", "said", "Sling", "exp."]);
            this.#sites.forEach((site, i) => {
                if (this.#hidden.has(i)) return;
                const m = row.muscles[i];
                const said = number(m.said, "%");
                const belief = m.belief === null && m.reason ? words(m.reason) : number(m.belief, "%");
                cells("td", [site.words, number(m.truth, "%"), said, belief, number(m.expected, "%")]).dataset.colour =
                    this.#styles[i].colour;
                heard.push(`${site.words}: true ${number(m.truth, "%")}, said ${said}, Sling ${belief}`);
            });
            const rest = document.createElement("span");
            rest.textContent = `${number(row.power)} W · ${number(row.cadence)} rpm · ${number(row.heart)} bpm`;
            heard.push(`${number(row.power)} watts`);
            lines.push(table, rest);
        }
        this.tip.replaceChildren(...lines);
        this.tip.hidden = false;
        this.plot.setAttribute("aria-valuemax", String(Math.floor(this.#now.known_s)));
        this.plot.setAttribute("aria-valuenow", String(this.#cursor));
        this.plot.setAttribute("aria-valuetext", heard.join("; "));
    }

    #draw(context, w, h, colour) {
        if (!this.#series) return;
        const { t_s, known_s } = this.#now;
        const { from_s, span_s } = this.view();
        const plot_w = w - LEFT - RIGHT;
        const upper = Math.round((h - TOP - GAP - FOOT) * 0.76);
        const lower_top = TOP + upper + GAP;
        const lower = h - FOOT - lower_top;
        const frame = { from_s, span_s, plot_w, x: (s) => LEFT + ((s - from_s) / span_s) * plot_w };
        const clip = (from, to, alpha, inside) => {
            if (to <= from) return;
            context.save();
            context.beginPath();
            context.rect(from, 0, to - from, h);
            context.clip();
            context.globalAlpha = alpha;
            inside();
            context.restore();
        };
        const now_x = Math.max(LEFT, Math.min(LEFT + plot_w, frame.x(t_s)));
        const right = LEFT + plot_w;

        // The ground: what is not known yet is a shade deeper.
        const unknown_x = Math.max(LEFT, Math.min(right, frame.x(known_s)));
        context.fillStyle = colour.unknown;
        context.fillRect(unknown_x, TOP, right - unknown_x, upper);
        context.fillRect(unknown_x, lower_top, right - unknown_x, lower);

        const [lo, hi] = this.#range_of(from_s, span_s);
        const y = (v) => TOP + upper - ((v - lo) / (hi - lo)) * upper;
        const peak = this.#peak(from_s, span_s);
        const y_power = (v) => lower_top + lower - (v / peak) * lower;
        this.#draw_bands(context, frame, colour, TOP, upper, right);
        this.#draw_grid(context, frame, colour, { lo, hi, y, peak, y_power, upper, lower_top, lower, h });

        const data = () => {
            this.#draw_power(context, frame, colour, y_power, lower_top + lower);
            this.#series.muscles.forEach((m, i) => this.#hidden.has(i) || this.#draw_muscle(context, frame, colour, y, m, this.#styles[i]));
        };
        clip(LEFT, now_x, 1, data);
        clip(now_x, right, 0.38, data);

        const line = (at, style, dash, from = TOP - 4) => {
            context.strokeStyle = style;
            context.lineWidth = 1;
            context.setLineDash(dash);
            context.beginPath();
            context.moveTo(half(at), from);
            context.lineTo(half(at), h - FOOT);
            context.stroke();
            context.setLineDash([]);
        };
        if (t_s >= from_s && t_s <= from_s + span_s + 0.001) {
            line(now_x, colour.ink, []);
            context.fillStyle = colour.ink;
            context.beginPath();
            context.moveTo(half(now_x) - 5, TOP - 10);
            context.lineTo(half(now_x) + 5, TOP - 10);
            context.lineTo(half(now_x), TOP - 3);
            context.fill();
        }
        if (this.#cursor !== null) this.#draw_cursor(context, frame, colour, y, line);
    }

    #draw_cursor(context, frame, colour, y, line) {
        line(frame.x(this.#cursor), colour.soft, [3, 3]);
        const row = this.#series.at(this.#cursor);
        row?.muscles.forEach((m, i) => {
            if (this.#hidden.has(i) || m.belief === null) return;
            const style = this.#styles[i];
            context.fillStyle = colour[style.colour];
            context.strokeStyle = colour.paper;
            context.lineWidth = 2;
            mark(context, frame.x(this.#cursor), y(m.belief), 5, style.round);
            context.fill();
            context.stroke();
        });
    }

    /// Tens of percent that hold all that is in sight, at least thirty points; grows at once and shrinks when the view is
    /// set anew, so that a chart that runs does not breathe.
    #range_of(from_s, span_s) {
        let [lo, hi] = [Infinity, -Infinity];
        const first = Math.max(0, Math.floor(from_s));
        const last = Math.min(this.#series.length, Math.ceil(from_s + span_s) + 1);
        const stride = Math.max(1, Math.floor((last - first) / 3000));
        this.#series.muscles.forEach((m, i) => {
            if (this.#hidden.has(i)) return;
            for (const name of CHANNELS) {
                const { cells } = m[name];
                for (let at = first; at < last; at += stride) {
                    if (cells[at] < lo) lo = cells[at];
                    if (cells[at] > hi) hi = cells[at];
                }
            }
        });
        if (lo > hi) return this.#range ?? [30, 80];
        let range = [Math.max(0, Math.floor((lo - 1) / 10) * 10), Math.min(100, Math.ceil((hi + 1) / 10) * 10)];
        if (this.#range) range = [Math.min(range[0], this.#range[0]), Math.max(range[1], this.#range[1])];
        while (range[1] - range[0] < 30) range = [Math.max(0, range[0] - 10), Math.min(100, range[1] + 10)];
        this.#range = range;
        return range;
    }

    #peak(from_s, span_s) {
        let peak = 0;
        const { cells } = this.#series.power;
        const last = Math.min(this.#series.length, Math.ceil(from_s + span_s) + 1);
        for (let at = Math.max(0, Math.floor(from_s)); at < last; at += 1) if (cells[at] > peak) peak = cells[at];
        return Math.max(200, Math.ceil((peak + 1) / 100) * 100);
    }

    #draw_bands(context, frame, colour, top, high, right) {
        const words_to = [-Infinity, -Infinity];
        for (const { from_s, to_s, kind, words: text } of this.#bands) {
            const a = Math.max(LEFT, frame.x(from_s));
            const b = Math.min(right, frame.x(Math.min(to_s, this.#now.known_s)));
            if (b < LEFT || a > right) continue;
            if (to_s > from_s) {
                context.fillStyle = colour[`band-${kind}`];
                context.fillRect(a, top, Math.max(1, b - a), high);
                context.fillStyle = colour[`mark-${kind}`];
                context.fillRect(a, top, Math.max(2, b - a), 3);
            }
            if (frame.x(from_s) < LEFT - 1) continue;
            context.strokeStyle = colour[`edge-${kind}`];
            context.lineWidth = 1;
            context.setLineDash(kind === "alert" ? [] : [2, 3]);
            context.beginPath();
            context.moveTo(half(a), top);
            context.lineTo(half(a), top + high);
            context.stroke();
            context.setLineDash([]);
            context.font = "11px system-ui, sans-serif";
            const line = kind === "alert" || kind === "notice" ? 0 : 1;
            if (text && a > words_to[line] + 8 && a + context.measureText(text).width < right) {
                context.fillStyle = colour[`edge-${kind}`];
                context.textAlign = "left";
                context.textBaseline = "top";
                context.fillText(text, half(a) + 5, top + 7 + line * 15);
                words_to[line] = a + context.measureText(text).width;
            }
        }
    }

    #draw_grid(context, frame, colour, { lo, hi, y, peak, y_power, upper, lower_top, lower, h }) {
        const { from_s, span_s, plot_w, x } = frame;
        context.font = "11px system-ui, sans-serif";
        context.lineWidth = 1;
        context.textBaseline = "middle";
        context.textAlign = "right";
        const across = (at, text, strong = false) => {
            context.strokeStyle = strong ? colour.soft : colour.rule;
            context.beginPath();
            context.moveTo(LEFT, half(at));
            context.lineTo(LEFT + plot_w, half(at));
            context.stroke();
            context.fillStyle = colour.soft;
            context.fillText(text, LEFT - 6, at);
        };
        const step = upper / ((hi - lo) / 10) < 22 ? 20 : 10;
        for (let v = Math.ceil(lo / step) * step; v <= hi; v += step) across(y(v), v === hi ? `${v} %` : String(v));
        across(lower_top + lower, "0", true);
        const power_step = lower < 50 || peak > 400 ? Math.ceil(peak / 200) * 100 : 100;
        for (let v = power_step; v <= peak; v += power_step) across(y_power(v), v + power_step > peak ? `${v} W` : String(v));

        context.textAlign = "center";
        context.textBaseline = "top";
        const tick = tick_step(span_s, plot_w, 76);
        for (let s = Math.ceil(from_s / tick) * tick; s <= from_s + span_s + 0.01; s += tick) {
            context.strokeStyle = colour.rule;
            context.beginPath();
            context.moveTo(half(x(s)), TOP);
            context.lineTo(half(x(s)), TOP + upper);
            context.moveTo(half(x(s)), lower_top);
            context.lineTo(half(x(s)), lower_top + lower + 4);
            context.stroke();
            context.fillStyle = colour.soft;
            const room = context.measureText(clock(s)).width / 2;
            context.fillText(clock(s), Math.max(room, Math.min(x(s), LEFT + plot_w + RIGHT - room)), h - FOOT + 6);
        }
    }

    /// Runs of values in sight: `each(x, value, lo, hi, breaks)` once a second, or once a pixel with the mean of its seconds
    /// where these are narrower.
    #runs(frame, { cells }, each) {
        const { from_s, span_s, plot_w, x } = frame;
        const first = Math.max(0, Math.floor(from_s) - 1);
        const last = Math.min(this.#series.length, Math.ceil(from_s + span_s) + 2);
        const stride = this.#stride(frame);
        let broken = true;
        for (let at = first - (first % stride); at < last; at += stride) {
            let [lo, hi, sum, n] = [Infinity, -Infinity, 0, 0];
            const end = Math.min(at + stride, last);
            for (let s = at; s < end; s += 1) {
                const v = cells[s];
                if (Number.isNaN(v)) continue;
                if (v < lo) lo = v;
                if (v > hi) hi = v;
                sum += v;
                n += 1;
            }
            if (n === 0) {
                broken = true;
                continue;
            }
            each(x(at), sum / n, lo, hi, broken);
            broken = false;
        }
    }

    /// Seconds that share a pixel.
    #stride({ span_s, plot_w }) {
        return Math.max(1, Math.floor(span_s / plot_w));
    }

    #line(context, frame, column, y) {
        context.beginPath();
        this.#runs(frame, column, (x, value, lo, hi, broken) => {
            // A lone value between two gaps is a dot.
            if (broken) context.moveTo(x - 0.01, y(value));
            context.lineTo(x, y(value));
        });
        context.stroke();
    }

    #draw_muscle(context, frame, colour, y, m, style) {
        context.lineJoin = "round";
        context.lineCap = "round";
        context.strokeStyle = colour.truth;
        context.lineWidth = 1.25;
        this.#line(context, frame, m.truth, y);

        context.strokeStyle = colour[style.colour];
        context.lineWidth = style.thick ? 1.6 : 1.2;
        context.lineCap = "butt";
        context.setLineDash([6, 4]);
        this.#line(context, frame, m.expected, y);
        context.setLineDash([]);

        context.fillStyle = colour[style.colour];
        const alpha = context.globalAlpha;
        // Where many seconds share a pixel, from the least to the most that was said.
        context.globalAlpha = alpha * (this.#stride(frame) > 2 ? 0.22 : 0.55);
        const size = frame.plot_w / frame.span_s > 2 ? 1.8 : 1.1;
        const dense = this.#stride(frame) > 2;
        this.#runs(frame, m.said, (x, value, lo, hi) => {
            if (dense) {
                context.fillRect(x, y(hi), 1, Math.max(1, y(lo) - y(hi)));
            } else if (style.round && size > 1.5) {
                mark(context, x, y(value), size, true);
                context.fill();
            } else {
                context.fillRect(x - size, y(value) - size, size * 2, size * 2);
            }
        });
        context.globalAlpha = alpha;

        context.lineCap = "round";
        context.lineWidth = style.thick ? 3 : 1.75;
        this.#line(context, frame, m.belief, y);
        const step = tick_step(frame.span_s, frame.plot_w, 76) / 2;
        context.fillStyle = colour.paper;
        context.lineWidth = style.thick ? 2.25 : 1.75;
        for (let s = Math.ceil(frame.from_s / step) * step; s <= frame.from_s + frame.span_s; s += step) {
            const v = m.belief.cells[Math.floor(s)];
            if (s >= this.#series.length || !(v >= 0)) continue;
            mark(context, frame.x(Math.floor(s)), y(v), style.thick ? 4 : 3.4, style.round);
            context.fill();
            context.stroke();
        }
    }

    #draw_power(context, frame, colour, y, foot) {
        // One shape for each run without a gap: rectangles side by side would show their seams.
        let run = [];
        const fill = () => {
            if (!run.length) return;
            context.beginPath();
            context.moveTo(run[0][0], foot);
            run.forEach(([x, top]) => context.lineTo(x, top));
            context.lineTo(run.at(-1)[0], foot);
            context.fill();
            run = [];
        };
        context.fillStyle = colour["power-fill"];
        this.#runs(frame, this.#series.power, (x, value, lo, hi, broken) => {
            if (broken) fill();
            run.push([x, y(value)]);
        });
        fill();
        context.strokeStyle = colour.power;
        context.lineWidth = 1.25;
        this.#line(context, frame, this.#series.power, y);
    }
}
