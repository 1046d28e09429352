// Times of a ride as people read and write them. Seconds from the start, everywhere.

/// `4353` as `1:12:33`; tenths only if asked.
export function clock(s, tenths = false) {
    if (!Number.isFinite(s)) return "–";
    const all = tenths ? Math.floor(s * 10 + 1e-6) / 10 : Math.floor(s + 1e-6);
    const whole = Math.floor(all);
    const two = (n) => String(n).padStart(2, "0");
    const text = `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
    return tenths ? `${text}.${Math.round((all - whole) * 10)}` : text;
}

/// The same to be spoken: `1 hour 12 minutes 33 seconds`.
export function spoken(s) {
    const whole = Math.floor(s + 1e-6);
    const parts = [[Math.floor(whole / 3600), "hour"], [Math.floor(whole / 60) % 60, "minute"], [whole % 60, "second"]];
    const said = parts.filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}${n === 1 ? "" : "s"}`);
    return said.join(" ") || "0 seconds";
}

/// `1:12:33`, `12:33`, `753`, `753 s`, `12 min`, `1 h 5 min` as seconds; `null` if it is none of these.
export function parse(text) {
    const it = text.trim().toLowerCase();
    const fields = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(it);
    if (fields) return Number(fields[1] ?? 0) * 3600 + Number(fields[2]) * 60 + Number(fields[3]);
    if (/^\d+(\.\d+)?$/.test(it)) return Number(it);
    const units = { h: 3600, min: 60, m: 60, s: 1 };
    if (!/^(\d+(\.\d+)?\s*(h|min|m|s)\s*)+$/.test(it)) return null;
    return [...it.matchAll(/(\d+(?:\.\d+)?)\s*(h|min|m|s)/g)].reduce((sum, [, n, unit]) => sum + Number(n) * units[unit], 0);
}

/// A length: `12 s`, `2 min`, `2 min 5 s`.
export function length(s) {
    if (s < 60) return `${Math.round(s * 10) / 10} s`;
    const rest = Math.round(s % 60);
    return `${Math.floor(s / 60)} min${rest ? ` ${rest} s` : ""}`;
}

/// A code of Sling's (`ambient_light`) as words.
export const words = (code) => String(code ?? "").replaceAll("_", " ");
