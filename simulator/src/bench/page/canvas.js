// What both drawings share: a canvas that is crisp on any screen, the page's colours, and ticks of a time axis.

/// Keeps a canvas as large as its box in the screen's own pixels; `draw` is asked for once a frame at most.
export class Surface {
    #asked = false;
    #draw;

    constructor(canvas, draw) {
        this.canvas = canvas;
        this.#draw = draw;
        this.context = canvas.getContext("2d");
        new ResizeObserver(() => this.#fit()).observe(canvas.parentElement);
        for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
            matchMedia(query).addEventListener("change", () => this.ask());
        this.#fit();
    }

    #fit() {
        const { clientWidth: w, clientHeight: h } = this.canvas.parentElement;
        const ratio = devicePixelRatio || 1;
        Object.assign(this, { w, h });
        this.canvas.width = Math.max(1, Math.round(w * ratio));
        this.canvas.height = Math.max(1, Math.round(h * ratio));
        this.canvas.style.width = `${w}px`;
        this.canvas.style.height = `${h}px`;
        this.ask();
    }

    /// Draw before the screen is next shown.
    ask() {
        if (this.#asked) return;
        this.#asked = true;
        requestAnimationFrame(() => {
            this.#asked = false;
            if (this.w < 2 || this.h < 2) return;
            const ratio = this.canvas.width / this.w;
            this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
            this.context.clearRect(0, 0, this.w, this.h);
            this.#draw(this.context, this.w, this.h, colours());
        });
    }
}

/// The page's colours, by the names in its style sheet.
function colours() {
    const style = getComputedStyle(document.documentElement);
    return new Proxy({}, { get: (_, name) => style.getPropertyValue(`--${String(name)}`).trim() });
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200];

/// The step of a time axis that leaves `room` pixels between ticks.
export const tick_step = (span_s, w, room) => STEPS_S.find((step) => (step / span_s) * w >= room) ?? 86400;

/// Half pixels make lines of one pixel.
export const half = (x) => Math.round(x) + 0.5;

/// One round or square mark, filled with the ground so that it reads as a ring, or solid.
export function mark(context, x, y, size, round) {
    context.beginPath();
    if (round) context.arc(x, y, size, 0, Math.PI * 2);
    else context.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
}

/// Puts a box of words beside a point of its parent without leaving it.
export function place(tip, parent, x, y) {
    const { clientWidth: w, clientHeight: h } = parent;
    const left = x + 14 + tip.offsetWidth > w ? x - 14 - tip.offsetWidth : x + 14;
    tip.style.transform = `translate(${Math.max(0, Math.min(left, w - tip.offsetWidth))}px, ${Math.max(0, Math.min(y, h - tip.offsetHeight))}px)`;
}
