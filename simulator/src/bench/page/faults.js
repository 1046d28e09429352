// Faults at the press of a button: the palette that the server offers, where and for how long; and what was done here,
// each with whether it has landed.
import { clock, words } from "./times.js";

/// `fraction = 0.5, site = "x"` as an object; keys and values as a scenario has them. Throws with a line to show.
export function keys_of(text) {
    const keys = {};
    for (const part of text.split(/[,\n]/).map((it) => it.trim()).filter(Boolean)) {
        const [, key, value] = /^([a-z0-9_]+)\s*=\s*(.+)$/.exec(part) ?? [];
        if (!key) throw new Error(`More keys: "${part}" is not "key = value"`);
        if (/^[+-]?\d+(\.\d+)?$/.test(value)) keys[key] = Number(value);
        else if (value === "true" || value === "false") keys[key] = value === "true";
        else keys[key] = value.replace(/^(["'])(.*)\1$/, "$2");
    }
    return keys;
}

export class Faults {
    #sites = [];
    #chosen = new Set();
    #shown = "";
    #via = null;

    /// `on` has `fault(message)` and `error(text)`.
    constructor({ sites, palette, explain, lasting, extra, injected }, on) {
        Object.assign(this, { sites, palette, explain, lasting, extra, injected, on });
        this.#explain(null);
    }

    ride(sites, faults) {
        this.#sites = sites;
        this.#chosen = new Set([sites[0]?.site]);
        this.sites.replaceChildren(
            ...sites.map(({ site, words }) => {
                const button = Object.assign(document.createElement("button"), { type: "button", textContent: words, title: site });
                button.setAttribute("aria-pressed", String(this.#chosen.has(site)));
                button.addEventListener("click", () => {
                    if (!this.#chosen.delete(site)) this.#chosen.add(site);
                    button.setAttribute("aria-pressed", String(this.#chosen.has(site)));
                });
                return button;
            }),
        );
        this.palette.replaceChildren(
            ...faults.map((fault) => {
                const button = Object.assign(document.createElement("button"), { type: "button", textContent: words(fault.kind) });
                button.setAttribute("aria-description", fault.words);
                for (const name of ["pointerenter", "focus"]) button.addEventListener(name, () => this.#explain(fault));
                button.addEventListener("pointerleave", () => this.#explain(null));
                button.addEventListener("blur", () => this.#explain(null));
                button.dataset.fault = fault.kind;
                button.dataset.needs = fault.needs;
                if (fault.radio) button.dataset.radio = "";
                button.addEventListener("click", () => this.#do(fault));
                return button;
            }),
        );
        this.#via = null;
    }

    /// Those of a radio happen on a radio only.
    via(via) {
        if (via === this.#via) return;
        this.#via = via;
        for (const button of this.palette.children) {
            const off = "radio" in button.dataset && via === "model";
            button.classList.toggle("off", off);
            button.setAttribute("aria-disabled", String(off));
        }
    }

    /// What the fault under the pointer or the focus does.
    #explain(fault) {
        const radio = fault?.radio && this.#via === "model" ? " (only via ant or ble)" : "";
        this.explain.textContent = fault ? `${fault.words}${radio}` : "A press makes it happen now";
    }

    #do(fault) {
        if (fault.radio && this.#via === "model") {
            return this.on.error(`${fault.words}: only via ant or ble, there is no radio in the model.`);
        }
        let more;
        try {
            more = keys_of(this.extra.value);
        } catch (error) {
            return this.on.error(error.message);
        }
        const base = { do: "fault", kind: fault.kind };
        if (fault.lasts && this.lasting.value) base.duration_s = Number(this.lasting.value);
        if (fault.kind === "miss") base.fraction = 0.5;
        const where = this.#sites.map(({ site }) => site).filter((site) => this.#chosen.has(site));
        if (fault.needs === "none") return this.on.fault({ ...base, ...more });
        if (!where.length) return this.on.error("Choose where: no muscle is chosen.");
        if (fault.needs === "two_sites") {
            const other = where[1] ?? this.#sites.map(({ site }) => site).find((site) => site !== where[0]);
            if (!other) return this.on.error(`${fault.words}: this needs two sensors.`);
            return this.on.fault({ ...base, site: where[0], with: other, ...more });
        }
        where.forEach((site) => this.on.fault({ ...base, site, ...more }));
    }

    /// What was done here, the newest first.
    show(injected) {
        const shown = JSON.stringify(injected);
        if (shown === this.#shown) return;
        this.#shown = shown;
        const items = injected.toReversed().map(({ t_s, words: said, landed, kind }) => {
            const item = document.createElement("li");
            item.dataset.kind = kind;
            const time = Object.assign(document.createElement("time"), { textContent: clock(t_s) });
            const what = Object.assign(document.createElement("span"), { textContent: said });
            item.append(time, what);
            if (kind === "fault") {
                const text = landed > 0 ? `landed on ${landed}` : "not yet";
                const told = Object.assign(document.createElement("em"), { textContent: text });
                told.title = landed > 0 ? `It changed ${landed} samples or moments so far` : "It has changed nothing so far";
                told.className = landed > 0 ? "landed" : "";
                item.append(told);
            }
            return item;
        });
        if (!items.length) items.push(Object.assign(document.createElement("li"), { className: "none", textContent: "Nothing was done here yet" }));
        this.injected.replaceChildren(...items);
    }
}
