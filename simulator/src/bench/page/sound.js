// Cues heard: the tones of the piezo, as the message has them, on Web Audio. And felt, on a phone that can. Browsers keep
// sound back until the page is touched, which is said. The switch is remembered.

const KEY = "sling-sound";
/// A square wave is loud: full volume is a fifth of what the machine can.
const LOUDEST = 0.2;
/// So that no beep begins before it can.
const LEAD_S = 0.02;

const remembered = () => {
    try {
        return localStorage.getItem(KEY);
    } catch {
        return null;
    }
};

export class Sound {
    #context = null;
    #until_s = 0;
    #playing = new Set();

    /// `on.blocked(bool)` is told whether the browser keeps sound back.
    constructor(button, on) {
        this.button = button;
        this.on = on;
        this.wanted = remembered() !== "off";
        button.addEventListener("click", () => this.want(!this.wanted));
        const wake = () => this.wake();
        for (const name of ["pointerdown", "keydown"]) addEventListener(name, wake, { capture: true });
        this.#show();
    }

    want(wanted) {
        this.wanted = wanted;
        try {
            localStorage.setItem(KEY, wanted ? "on" : "off");
        } catch {
            // Only not remembered.
        }
        if (!wanted) this.silence();
        this.#show();
    }

    #show() {
        this.button.setAttribute("aria-checked", String(this.wanted));
        if (!this.wanted) this.on.blocked(false);
    }

    /// With a gesture the browser lets sound through.
    async wake() {
        if (!this.wanted) return;
        this.#context ??= new AudioContext();
        if (this.#context.state === "suspended") await this.#context.resume().catch(() => {});
        this.on.blocked(this.#context.state !== "running");
    }

    /// Stops what sounds, as when the ride is taken elsewhere.
    silence() {
        this.#playing.forEach((tone) => tone.stop());
        this.#playing.clear();
        this.#until_s = 0;
    }

    /// `beep` is `[[hz, ms, volume_pct, ms_gap]…]`, `haptic` `[[ms_on, strength_pct, ms_gap]…]`. Cues that come together
    /// sound one after the other.
    async play({ beep = [], haptic = [], muted = false }) {
        if (!this.wanted || muted) return;
        const pulses = haptic.flatMap(([ms, , gap]) => [ms, gap]);
        if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pulses);
        if (!beep.length) return;
        this.#context ??= new AudioContext();
        const context = this.#context;
        if (context.state !== "running") {
            // Never later: a cue that comes when somebody happens to click would be a lie.
            this.on.blocked(true);
            return;
        }
        let at = Math.max(context.currentTime + LEAD_S, this.#until_s);
        for (const [hz, ms, volume_pct, ms_gap] of beep) {
            const tone = context.createOscillator();
            const gain = context.createGain();
            const end = at + ms / 1000;
            const level = (LOUDEST * volume_pct) / 100;
            // Two milliseconds of edge, so that it begins and ends without a click.
            const edge = Math.min(0.002, ms / 4000);
            tone.type = "square";
            tone.frequency.value = hz;
            gain.gain.setValueAtTime(0, at);
            gain.gain.linearRampToValueAtTime(level, at + edge);
            gain.gain.setValueAtTime(level, end - edge);
            gain.gain.linearRampToValueAtTime(0, end);
            tone.connect(gain).connect(context.destination);
            tone.start(at);
            tone.stop(end);
            this.#playing.add(tone);
            tone.onended = () => this.#playing.delete(tone);
            at = end + ms_gap / 1000;
        }
        // The second of silence that tells a rider that a rhythm is over.
        this.#until_s = at + 1;
    }
}
