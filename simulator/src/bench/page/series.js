// What is known of the ride, a row a whole second, in plain arrays of numbers: a night at a row a second is redrawn
// without a pause. NaN is "there is none"; nothing is ever filled in.

const CHANNELS = ["truth", "said", "belief", "expected"];
const SAID_FOR_S = 4;

/// Grows by doubling; new cells are NaN.
class Column {
    cells = new Float32Array(4096).fill(NaN);

    set(at, value) {
        if (at >= this.cells.length) {
            const more = new Float32Array(Math.max(at + 1, this.cells.length * 2)).fill(NaN);
            more.set(this.cells);
            this.cells = more;
        }
        this.cells[at] = value ?? NaN;
    }

    cut(from) {
        this.cells.fill(NaN, from);
    }
}

export class Series {
    /// Seconds that have a row: 0 to `length` - 1.
    length = 0;

    constructor(sites = []) {
        this.sites = sites;
        this.power = new Column();
        this.cadence = new Column();
        this.heart = new Column();
        this.muscles = sites.map(() => Object.fromEntries(CHANNELS.map((name) => [name, new Column()])));
        this.reasons = sites.map(() => new Map());
    }

    #columns() {
        return [this.power, this.cadence, this.heart, ...this.muscles.flatMap((m) => Object.values(m))];
    }

    /// Takes a `rows` message.
    take({ from_s, keep, rows }) {
        if (keep === false) this.cut(from_s);
        for (const row of rows) {
            const at = Math.round(row.t);
            this.power.set(at, row.p);
            this.cadence.set(at, row.c);
            this.heart.set(at, row.h);
            row.s.forEach((muscle, i) => {
                if (!this.muscles[i]) return;
                CHANNELS.forEach((name) => this.muscles[i][name].set(at, muscle[name]));
                if (muscle.reason) this.reasons[i].set(at, muscle.reason);
                else this.reasons[i].delete(at);
            });
            this.length = Math.max(this.length, at + 1);
        }
    }

    /// Forgets what is at or after a second.
    cut(from_s) {
        const from = Math.max(0, Math.ceil(from_s));
        this.#columns().forEach((column) => column.cut(from));
        this.reasons.forEach((map) => [...map.keys()].filter((at) => at >= from).forEach((at) => map.delete(at)));
        this.length = Math.min(this.length, from);
    }

    /// What a sensor said last: it speaks every other second or so.
    #said(cells, at) {
        for (let s = at; s >= 0 && s > at - SAID_FOR_S; s -= 1) if (cells[s] >= 0) return cells[s];
        return null;
    }

    /// The row of a second, `null` where there is none.
    at(t_s) {
        const at = Math.floor(t_s + 1e-6);
        if (at < 0 || at >= this.length) return null;
        const number = (column) => (Number.isNaN(column.cells[at]) || at >= column.cells.length ? null : column.cells[at]);
        return {
            t: at, power: number(this.power), cadence: number(this.cadence), heart: number(this.heart),
            muscles: this.muscles.map((m, i) => ({
                ...Object.fromEntries(CHANNELS.map((name) => [name, number(m[name])])),
                said: this.#said(m.said.cells, at),
                reason: this.reasons[i].get(at) ?? null,
            })),
        };
    }
}

/// Colour and shape of each site: calves thick with round marks, thighs thin with square ones, the second of a role in
/// another colour. Order and colours are those of the report.
export function styles(sites) {
    const of_role = { calf: ["calf", "third"], thigh: ["thigh", "fourth"], other: ["third", "fourth"] };
    const used = new Set();
    return sites.map(({ role }) => {
        const wanted = [...(of_role[role] ?? of_role.other), "third", "fourth", "calf", "thigh"];
        const colour = wanted.find((name) => !used.has(name)) ?? wanted[0];
        used.add(colour);
        return { colour, thick: role === "calf", round: role !== "thigh" };
    });
}
