// The head unit: its display pixel for pixel, three buttons, touches, the LED, and the shake of a cue. What a press or a
// touch means, the head unit says; here it is only told how long and where.

/// From here on a press is long; the head unit's own figure.
const LONG_MS = 800;
/// A finger that moves as far as this swipes: a share of the display's shorter side.
const SWIPE_SHARE = 0.12;
const HOLD_MS = 600;
const KEYS = { ArrowUp: "up", ArrowDown: "down", Enter: "select", " ": "select" };

export class Device {
    #on;
    #frame = 0;
    #held = new Map();
    #finger = null;
    #cue_until = 0;
    #size = { w: 240, h: 400 };

    /// `on` has `press(button, long)` and `touch(kind, x, y)`.
    constructor({ body, screen, led, cue }, on) {
        Object.assign(this, { body, screen, led, cue });
        this.#on = on;
        this.context = screen.getContext("2d");
        for (const button of body.querySelectorAll("[data-key]")) this.#button(button, button.dataset.key);
        body.addEventListener("keydown", (event) => this.#key(event, true));
        body.addEventListener("keyup", (event) => this.#key(event, false));
        // The focus also moves when a button is pressed by mouse: that lets nothing go.
        body.addEventListener("focusout", ({ relatedTarget }) => body.contains(relatedTarget) || this.#let_go());
        screen.addEventListener("pointerdown", (event) => this.#down(event));
        screen.addEventListener("pointerup", (event) => this.#up(event));
        screen.addEventListener("pointercancel", () => (this.#finger = null));
        screen.addEventListener("contextmenu", (event) => event.preventDefault());
        new ResizeObserver(() => this.#fit()).observe(body.parentElement);
        addEventListener("resize", () => this.#fit());
    }

    /// The display's own size, pixels.
    size(w, h) {
        if (w === this.#size.w && h === this.#size.h) return;
        this.#size = { w, h };
        this.#fit();
    }

    /// Whole screen pixels for each pixel of the display; smaller than one to one only where there is no room.
    #fit() {
        const { w, h } = this.#size;
        const frame = this.body.offsetWidth - this.screen.offsetWidth;
        const column = document.documentElement.clientWidth < 760 ? this.body.parentElement.clientWidth - 24 : Infinity;
        const room_w = Math.min(column, Math.max(420, innerWidth * 0.3)) - frame;
        const room_h = Math.max(470, innerHeight - 430);
        const ratio = devicePixelRatio || 1;
        const whole = Math.floor(Math.min(room_w / w, room_h / h) * ratio) / ratio;
        const scale = whole >= 1 ? whole : Math.min(1, (column - frame) / w);
        this.screen.style.width = `${w * scale}px`;
        this.screen.style.height = `${h * scale}px`;
        this.screen.classList.toggle("small", scale < 1);
        this.body.dataset.shape = w > h ? "wide" : w === h ? "square" : "tall";
    }

    /// Shows a frame; of two that come together the later one stays.
    async frame(png) {
        this.#frame += 1;
        const mine = this.#frame;
        const image = await createImageBitmap(png);
        if (mine < this.#frame) return image.close();
        const { width, height } = image;
        if (this.screen.width !== width || this.screen.height !== height) Object.assign(this.screen, { width, height });
        this.size(width, height);
        this.context.drawImage(image, 0, 0);
        image.close();
    }

    /// A press told from elsewhere: shows it going down.
    flash(key, ms = 120) {
        const button = this.body.querySelector(`[data-key="${key}"]`);
        button.classList.add("pressed");
        setTimeout(() => this.#held.has(key) || button.classList.remove("pressed"), ms);
    }

    #button(button, key) {
        button.addEventListener("pointerdown", (event) => {
            if (event.button !== 0) return;
            button.setPointerCapture(event.pointerId);
            this.#press(key);
        });
        button.addEventListener("pointerup", () => this.#release(key));
        button.addEventListener("pointercancel", () => this.#let_go());
        button.addEventListener("contextmenu", (event) => event.preventDefault());
        // A screen reader's or a switch's click has no pointer.
        button.addEventListener("click", (event) => {
            if (event.detail !== 0 || event.pointerType) return;
            this.#on.press(key, false);
            this.flash(key);
        });
    }

    #press(key) {
        if (this.#held.has(key)) return;
        const button = this.body.querySelector(`[data-key="${key}"]`);
        button.classList.add("pressed");
        const timer = setTimeout(() => button.classList.add("long"), LONG_MS);
        this.#held.set(key, { began: performance.now(), timer, button });
    }

    #release(key) {
        const held = this.#held.get(key);
        if (!held) return;
        this.#held.delete(key);
        clearTimeout(held.timer);
        held.button.classList.remove("pressed", "long");
        this.#on.press(key, performance.now() - held.began >= LONG_MS);
    }

    /// Nothing was pressed after all.
    #let_go() {
        for (const { timer, button } of this.#held.values()) {
            clearTimeout(timer);
            button.classList.remove("pressed", "long");
        }
        this.#held.clear();
    }

    #key(event, down) {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        // On a button itself Enter and Space press that button.
        const own = event.target.dataset?.key;
        const key = own && (event.key === "Enter" || event.key === " ") ? own : KEYS[event.key];
        if (!key) return;
        event.preventDefault();
        event.stopPropagation();
        if (!down) this.#release(key);
        else if (!event.repeat) this.#press(key);
    }

    #at({ clientX, clientY }) {
        const box = this.screen.getBoundingClientRect();
        const { w, h } = this.#size;
        const of = (share, n) => Math.max(0, Math.min(n - 1, Math.floor(share * n)));
        return { x: of((clientX - box.left) / box.width, w), y: of((clientY - box.top) / box.height, h) };
    }

    #down(event) {
        if (event.button !== 0) return;
        event.preventDefault();
        this.body.focus({ preventScroll: true });
        this.screen.setPointerCapture(event.pointerId);
        this.#finger = { ...this.#at(event), began: performance.now() };
    }

    #up(event) {
        if (!this.#finger) return;
        const { x, y, began } = this.#finger;
        this.#finger = null;
        const to = this.#at(event);
        const [dx, dy] = [to.x - x, to.y - y];
        const far = Math.min(this.#size.w, this.#size.h) * SWIPE_SHARE;
        if (Math.max(Math.abs(dx), Math.abs(dy)) >= far) {
            const across = Math.abs(dx) > Math.abs(dy);
            this.#on.touch(across ? (dx > 0 ? "swipe_right" : "swipe_left") : dy > 0 ? "swipe_down" : "swipe_up");
        } else if (performance.now() - began >= HOLD_MS) {
            this.#on.touch("hold");
        } else {
            this.#on.touch("tap", x, y);
        }
    }

    /// A cue seen: the LED and the shake in the rhythm of the pulses, one cue after the other; an outline instead of the
    /// shake where less motion is asked for.
    play({ haptic = [], beep = [], level = "info", muted = false }, words) {
        const now = performance.now();
        let at = Math.max(0, this.#cue_until - now);
        const began = at;
        const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
        for (const [ms, strength_pct, ms_gap] of haptic) {
            this.#pulse(at, ms, strength_pct / 100, still);
            at += ms + ms_gap;
        }
        const sounds = beep.reduce((sum, [, ms, , gap]) => sum + ms + gap, 0);
        const end = Math.max(at, began + sounds);
        this.#cue_until = now + end + 1000;
        const text = muted ? `${words} (muted)` : words;
        setTimeout(() => {
            this.cue.textContent = text;
            this.cue.dataset.level = level;
            this.cue.classList.add("on");
        }, began);
        setTimeout(() => this.cue.textContent === text && this.cue.classList.remove("on"), end + 3000);
    }

    #pulse(delay, ms, strength, still) {
        const lit = { opacity: 1, boxShadow: "0 0 12px 4px var(--led)" };
        this.led.animate([lit, lit], { delay, duration: ms });
        if (still) {
            const seen = { outline: "3px solid var(--led)", outlineOffset: "3px" };
            this.body.animate([seen, seen], { delay, duration: ms });
            return;
        }
        const far = 1 + 3 * strength;
        const turns = Math.max(2, Math.round(ms / 22));
        const frames = Array.from({ length: turns + 1 }, (_, i) => ({
            transform: i === 0 || i === turns ? "none" : `translate(${i % 2 ? far : -far}px, ${i % 3 ? 0 : far / 3}px)`,
        }));
        this.body.animate(frames, { delay, duration: ms, easing: "linear" });
    }
}
