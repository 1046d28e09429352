"""Judges `sling`'s detection on the rides of generate.py: what it cries in vain, what it finds and when, what it
makes of faults.

    judge.py [SLING] [--seeds N] [--first-seed S] [--hours H] [--only WHAT,...] [--list] [--keep DIR] [--json PATH]

SLING is the program (target/release/sling). Every ride is written to memory, replayed with `sling replay RIDE
--events -`, judged by its events alone and removed; two at once. Kinds and sets are those of `generate.py --list`;
`--only` takes their names and shell patterns (`--only normal,calf_*`). `--hours` rides that many hours of the normal
set in place of `--seeds`.

`--list` names every false alert, miss, wrong kind and late notice with kind and seed. With `--keep DIR` the CSV and the
events of each such ride are kept; `generate.py KIND SEED` makes it again.

How it counts:
  - A false alert is an `alert` where there is nothing, whatever its level; hours are those in which any pair or
    muscle was `armed`. The share without a verdict is of the time after minute ten, in rides that wear a pair.
  - A delay runs from the onset to the first `alert` of the right pattern that names the muscle; what is not found
    within the 12 min after is later than any. P(6 min) counts every ride, whether it was armed or not. An alert of
    the right pattern that stands when the onset comes makes a ride useless for a delay: it is counted as `before`.
  - `bound` is the median of the same rides for a detector that knows all but the noise (generate._bound), R the ratio
    to it.
  - A wrong kind is any other `alert` in the 12 min after the onset, but for those that are as true as the right one:
    load_shift; head_imbalance where both heads are worn; slow_recovery after a rest; calf_overload where the calf also
    swells.
  - A fault's notice is on time by design's table; then alerts from its beginning to 10 min after its end, and whether
    every pair that was armed before is armed within 60 s after its end (a slip ends as it begins).

Exit 0 all marks met, 1 a mark missed, 2 wrong usage.
"""

import argparse
import collections
import fnmatch
import json
import math
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import generate
from generate import KINDS

WINDOW_S = 720
SOON_S = 360
# Samples that were put off their second.
SLACK_S = 0.5
NEVER = math.inf

# --- one ride ---------------------------------------------------------------------------------------------------------


def intervals(events, end):
    """Place -> [[from, to], ...] in which it was armed."""
    of = collections.defaultdict(list)
    for event in events:
        place = (event.get("site"), event.get("against"))
        is_open = of[place] and of[place][-1][1] is None if place in of else False
        if event["event"] == "armed" and not is_open:
            of[place].append([event["t_s"], None])
        elif event["event"] == "disarmed" and is_open:
            of[place][-1][1] = event["t_s"]
    return {place: [(a, end if b is None else b) for a, b in spans] for place, spans in of.items()}


def union(spans):
    merged = []
    for a, b in sorted(spans):
        if merged and a <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], b)
        else:
            merged.append([a, b])
    return merged


def within(spans, first, last):
    """Seconds of [first, last) that the intervals cover."""
    return sum(max(0, min(b, last) - max(a, first)) for a, b in spans)


def judge_ride(task):
    """Rides one and returns its findings: plain numbers, for the tables."""
    kind, seed, sling, folder, keep, keep_always = task
    ride = generate.ride(kind, seed)
    path = Path(folder) / f"{kind}-{seed}.csv"
    path.write_text(ride.text, encoding="utf-8")
    try:
        env = os.environ | {"XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder}
        done = subprocess.run(
            [sling, "replay", path, "--events", "-"], capture_output=True, text=True, timeout=120, env=env, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{kind} {seed}: sling replay ended with {done.returncode}: {done.stderr.strip()}")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        found = findings(ride.truth, events)
        if keep and (found["remarks"] or keep_always):
            shutil.copy(path, keep)
            (Path(keep) / f"{kind}-{seed}.jsonl").write_text(done.stdout, encoding="utf-8")
    finally:
        path.unlink()
    return found


def findings(truth, events):
    kind, seed, end = truth["kind"], truth["seed"], truth["duration_s"]
    places = intervals(events, end)
    armed = union(span for spans in places.values() for span in spans)
    alerts = [event for event in events if event["event"] == "alert"]
    # A ride of a fault or with something to find is a normal one until then.
    quiet_until = truth.get("begins_s") or truth["onset_s"] or end
    false = [alert for alert in alerts if alert["t_s"] < quiet_until]
    cued = {event["t_s"]: event["cue"] for event in events if event["event"] == "cue"}
    remarks = [f"{kind} {seed}: false alert at {a['t_s']:.0f} s: {said(a)}" for a in false]
    found = {
        "kind": kind,
        "seed": seed,
        "set": truth["set"],
        "sites": truth["sites"],
        "rho": truth["rho"],
        "hours": quiet_until / 3600,
        "armed_h": within(armed, 0, quiet_until) / 3600,
        "judged_s": within(armed, 600, quiet_until),
        "after_ten_s": max(0, quiet_until - 600),
        "false": [(a["pattern"], a["t_s"], a["site"]) for a in false],
        "false_cued": sum(
            any(c == a["pattern"] and a["t_s"] <= t <= a["t_s"] + 600 for t, c in cued.items()) for a in false
        ),
        "notices": collections.Counter(
            e["reason"] for e in events if e["event"] == "notice" and e["t_s"] < quiet_until
        ),
        "remarks": remarks,
    }
    if truth["set"] in ("true", "extra"):
        found |= detected(truth, places, alerts, events, remarks)
    if truth["set"] == "fault":
        found |= fault(truth, places, alerts, events, remarks)
    return found


def said(alert):
    against = f" against {alert['against']}" if alert.get("against") else ""
    return f"{alert['pattern']} {alert['site']}{against}, {alert.get('strength_pct', 0):.1f} %"


def detected(truth, places, alerts, events, remarks):
    onset, wanted, affected = truth["onset_s"], truth["wanted"], set(truth["affected"])
    what, head = KINDS[truth["kind"]], f"{truth['kind']} {truth['seed']}"
    besides = set(what.besides)
    if {site.split(".")[0] for site in truth["sites"]} >= {"mg", "lg"}:
        besides.add("head_imbalance")

    def right(alert):
        return alert["pattern"] == wanted and {alert["site"], alert.get("against")} & affected

    after = [alert for alert in alerts if onset <= alert["t_s"] <= onset + WINDOW_S]
    delay = next((alert["t_s"] - onset for alert in after if right(alert)), NEVER)
    cue = next(
        (
            e["t_s"] - onset
            for e in events
            if e["event"] == "cue" and e["cue"] == wanted and 0 <= e["t_s"] - onset <= WINDOW_S
        ),
        NEVER,
    )
    wrong = [alert for alert in after if not right(alert) and alert["pattern"] not in besides]
    standing = set()
    for event in events:
        if event["t_s"] < onset and event["event"] in ("alert", "alert_cleared"):
            key = (event["pattern"], event["site"])
            standing.add(key) if event["event"] == "alert" else standing.discard(key)
    before = any(pattern == wanted and site in affected for pattern, site in standing)
    remarks += [f"{head}: wrong kind {alert['t_s'] - onset:.0f} s after the onset: {said(alert)}" for alert in wrong]
    if wanted and not before and delay > SOON_S:
        words = "not found" if delay == NEVER else f"found only after {delay:.0f} s"
        remarks.append(f"{head}: {wanted} on {', '.join(affected)} at {onset} s: {words}")
    ready = any(within(s, onset, onset + 1) > 0 for p, s in places.items() if affected & set(p))
    bound = NEVER if truth["bound_s"] is None else truth["bound_s"]
    return {
        "delay": delay,
        "bound": bound,
        "cue": cue,
        "wrong": [a["pattern"] for a in wrong],
        "before": before,
        "ready": ready,
    }


def fault(truth, places, alerts, events, remarks):
    begins, ends, victims = truth["begins_s"], truth["ends_s"], set(truth["victims"])
    head = f"{truth['kind']} {truth['seed']}"
    told_from = truth["told_from_s"]
    heard = [(e["t_s"] - told_from, e["reason"]) for e in events if e["event"] == "notice" and e["site"] in victims]
    heard = [(max(t, 0.0), reason) for t, reason in heard if told_from + t >= begins]
    said_after, others = [], collections.Counter()
    for reasons, limit in KINDS[truth["kind"]].notices:
        took = next((t for t, reason in heard if reason in reasons), NEVER)
        said_after.append(took)
        if took > limit + SLACK_S:
            words = "never" if took == NEVER else f"after {took:.1f} s"
            remarks.append(
                f"{head}: {'/'.join(reasons)} said {words}, for {limit} s, at {begins:.0f} s on {', '.join(victims)}"
            )
    wanted = {reason for reasons, _ in KINDS[truth["kind"]].notices for reason in reasons}
    others.update({reason for t, reason in heard if t <= ends - told_from + 60 and reason not in wanted})
    false = [a for a in alerts if begins <= a["t_s"] <= ends + 600]
    remarks += [f"{head}: alert {a['t_s'] - begins:.0f} s after the fault began: {said(a)}" for a in false]
    before = [p for p, spans in places.items() if victims & set(p) and within(spans, begins - 2, begins) > 0]
    again = all(within(places[p], ends, ends + 60) > 0 for p in before) if before else None
    if again is False:
        remarks.append(f"{head}: not armed again 60 s after the fault, which ended at {ends:.0f} s")
    return {"said": said_after, "others": others, "fault_alerts": [a["pattern"] for a in false], "again": again}


# --- tables -----------------------------------------------------------------------------------------------------------


class Marks:
    """What binds, and what of it was missed."""

    def __init__(self):
        self.missed = []
        self.met = 0

    def hold(self, what, value, limit, at_most=True):
        held = value <= limit if at_most else value >= limit
        if held:
            self.met += 1
        else:
            self.missed.append(f"{what}: {number(value)}, at {'most' if at_most else 'least'} {limit}")


def number(value):
    if value == NEVER:
        return "none"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"


def percent(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else "-"


def table(head, rows):
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


def false_alerts(rides, name):
    """Kinds down, patterns across; returns the rate of all."""
    patterns = sorted({pattern for ride in rides for pattern, _, _ in ride["false"]})
    rows, total = [], None
    kinds = list(dict.fromkeys(ride["kind"] for ride in rides))
    groups = [(kind, [ride for ride in rides if ride["kind"] == kind]) for kind in kinds]
    for low, high, words in ((0, 0.1, "rho below 0.1"), (0.1, 0.4, "rho 0.1 to 0.4"), (0.4, 1, "rho above 0.4")):
        groups.append((words, [ride for ride in rides if low <= ride["rho"] < high]))
    if name == "normal":
        for sites in sorted({tuple(ride["sites"]) for ride in rides}):
            groups.append((" ".join(sites), [ride for ride in rides if tuple(ride["sites"]) == sites]))
    groups.append(("**all**", rides))
    for label, some in groups:
        if not some:
            continue
        armed, count = sum(ride["armed_h"] for ride in some), sum(len(ride["false"]) for ride in some)
        total = 10 * count / armed if armed else (NEVER if count else 0.0)
        spread = f"{number(total)}" + (f" ± {10 * math.sqrt(max(count, 1)) / armed:.2f}" if armed else "")
        pairs = [ride for ride in some if len(ride["sites"]) > 1]
        blind = 1 - sum(r["judged_s"] for r in pairs) / max(1, sum(r["after_ten_s"] for r in pairs))
        by = [sum(pattern == p for ride in some for p, _, _ in ride["false"]) for pattern in patterns]
        rows.append(
            [label, len(some), f"{sum(r['hours'] for r in some):.1f}", f"{armed:.1f}", count, spread]
            + [sum(r["false_cued"] for r in some), f"{100 * blind:.0f} %" if pairs else "-"]
            + by
        )
    print(f"\n## {name}: false alerts")
    table(
        [
            "ride",
            "rides",
            "hours",
            "armed h",
            "false alerts",
            "in 10 armed h",
            "with a cue",
            "without verdict",
            *patterns,
        ],
        rows,
    )
    notices = sum((ride["notices"] for ride in rides), collections.Counter())
    hours = sum(ride["hours"] for ride in rides)
    words = ", ".join(f"{reason} {10 * count / hours:.2f}" for reason, count in notices.most_common())
    print(f"\nNotices in 10 h of riding: {words or 'none'}. (Pauses of 12 s are in some rides.)")
    return total


def blind_share(rides, kind):
    some = [ride for ride in rides if ride["kind"] == kind and len(ride["sites"]) > 1]
    return 1 - sum(r["judged_s"] for r in some) / sum(r["after_ten_s"] for r in some) if some else None


def quantile(values, share):
    """The value that at least this share does not exceed; misses are later than any."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


# Median delay in s of the `alert`, and the least share found within 6 min.
DELAYS = {
    "15": (45, 0.95), "10": (80, 0.95), "8": (100, 0.95), "5": (220, 0.65), "ramp_2": (230, None), "ramp_1": (400,
    None), "hills": (80, None), "rest": (None, None),
}  # fmt: skip


def detections(rides, name, marks):
    rows, all_wrong, single = [], 0, 0
    for kind in dict.fromkeys(ride["kind"] for ride in rides):
        some = [ride for ride in rides if ride["kind"] == kind]
        useful = [ride for ride in some if not ride["before"]]
        wrong = sum(bool(ride["wrong"]) for ride in some)
        which = collections.Counter(pattern for ride in some for pattern in set(ride["wrong"]))
        row = [kind, len(some), percent(sum(r["ready"] for r in some), len(some)), len(some) - len(useful)]
        if KINDS[kind].wanted and useful:
            delays = [ride["delay"] for ride in useful]
            soon, median = sum(delay <= SOON_S for delay in delays) / len(delays), quantile(delays, 0.5)
            bound, cue = (quantile([ride[which] for ride in useful], 0.5) for which in ("bound", "cue"))
            row += [f"{soon:.2f}", number(median), number(quantile(delays, 0.9)), number(bound)]
            row += [number(median / bound) if median < NEVER and 0 < bound < NEVER else "-", number(cue)]
            muscle, _, size = kind.partition("_")
            limit, least = DELAYS.get(size, (None, None)) if muscle in ("calf", "vl") else (None, None)
            if limit:
                marks.hold(f"{kind}: median delay, s", median, limit)
            if least:
                marks.hold(f"{kind}: P(6 min)", soon, least, at_most=False)
            row.append(f"{limit or '-'} / {least or '-'}")
        else:
            row += ["-"] * 7
        row += [percent(wrong, len(some)), ", ".join(f"{p} {n}" for p, n in which.most_common()) or "-"]
        rows.append(row)
        if kind.startswith("both"):
            marks.hold(f"{kind}: called one muscle's, %", 100 * wrong / len(some), 5)
        else:
            all_wrong, single = all_wrong + wrong, single + len(some)
    print(f"\n## {name}: delay of the alert from the onset, s")
    head = [
        "kind",
        "rides",
        "armed at onset",
        "before",
        "P(6 min)",
        "median",
        "90 %",
        "bound",
        "R",
        "first cue, median",
    ]
    head += ["mark: median / P", "wrong kind"]
    table([*head, "which"], rows)
    if single:
        marks.hold(f"{name}: wrong kind, %", 100 * all_wrong / single, 5)


def faults(rides, marks):
    rows = []
    for kind in dict.fromkeys(ride["kind"] for ride in rides):
        some = [ride for ride in rides if ride["kind"] == kind]
        words = []
        for at, (reasons, limit) in enumerate(KINDS[kind].notices):
            took = [ride["said"][at] for ride in some]
            share, heard = sum(t <= limit + SLACK_S for t in took) / len(took), [t for t in took if t < NEVER]
            median = number(statistics.median(heard)) if heard else "-"
            words.append(f"{'/'.join(reasons)} in {limit} s: {share:.2f}, median {median} s")
            # An exchange may also be honestly not detectable.
            if kind not in ("swap", "third"):
                marks.hold(f"{kind}: {'/'.join(reasons)} within {limit} s", share, 0.95, at_most=False)
        bad = sum(bool(ride["fault_alerts"]) for ride in some)
        which = collections.Counter(pattern for ride in some for pattern in set(ride["fault_alerts"]))
        again = [ride["again"] for ride in some if ride["again"] is not None]
        others = sum((ride["others"] for ride in some), collections.Counter())
        rows.append(
            [
                kind,
                len(some),
                "; ".join(words),
                percent(bad, len(some)),
                ", ".join(f"{p} {n}" for p, n in which.most_common()) or "-",
            ]
            + [
                f"{percent(sum(again), len(again))} of {len(again)}",
                ", ".join(f"{r} {n}" for r, n in others.most_common()) or "-",
            ]
        )
        marks.hold(f"{kind}: rides with an alert, %", 100 * bad / len(some), 5)
        if again and kind != "slip":
            marks.hold(f"{kind}: armed again within 60 s, share", sum(again) / len(again), 0.9, at_most=False)
    print("\n## fault: notices on time, no alert, armed again")
    head = ["fault", "rides", "notice", "rides with an alert", "which", "armed again in 60 s", "other notices"]
    table(head, rows)


# --- the run ----------------------------------------------------------------------------------------------------------


def chosen(only):
    if not only:
        return list(KINDS)
    wanted = [word.strip() for word in only.split(",")]
    kinds = [
        k for k, what in KINDS.items() if any(fnmatch.fnmatch(k, w) or fnmatch.fnmatch(what.set, w) for w in wanted)
    ]
    for word in wanted:
        if not any(fnmatch.fnmatch(k, word) or fnmatch.fnmatch(what.set, word) for k, what in KINDS.items()):
            raise LookupError(f"no kind or set is called {word}; see generate.py --list")
    return kinds


def minutes_of(kind):
    """About how long a ride of this kind is."""
    return sum(KINDS[kind].minutes) / 2 + 10


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sling", nargs="?", default="target/release/sling")
    parser.add_argument("--seeds", type=int, default=20, help="rides of each kind [20]")
    parser.add_argument("--first-seed", type=int, default=1, help="the first seed [1]")
    parser.add_argument("--hours", type=float, help="about so many hours of the normal set, in place of --seeds")
    parser.add_argument("--only", help="kinds, sets or shell patterns of them, with commas between")
    parser.add_argument("--jobs", type=int, default=2, choices=(1, 2), help="rides at once [2]")
    parser.add_argument("--list", action="store_true", help="a line for each thing that went wrong")
    parser.add_argument("--keep", help="a folder for the rides in which something went wrong")
    parser.add_argument("--keep-all", action="store_true", help="with --keep: every ride")
    parser.add_argument("--json", help="also write every ride's findings here, a line each")
    asked = parser.parse_args()
    if not os.access(asked.sling, os.X_OK):
        parser.error(f"{asked.sling} is no program: cargo build --release -p sling-simulator")
    if asked.keep:
        Path(asked.keep).mkdir(parents=True, exist_ok=True)
    try:
        kinds = chosen(asked.only)
    except LookupError as error:
        parser.error(str(error))
    normal = [kind for kind in kinds if KINDS[kind].set == "normal"]
    each = dict.fromkeys(kinds, asked.seeds)
    if asked.hours is not None and normal:
        share_h = asked.hours / len(normal)
        each |= {kind: max(1, round(share_h * 60 / minutes_of(kind))) for kind in normal}

    room = "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 1 << 26 else None
    with tempfile.TemporaryDirectory(prefix="sling-detection-", dir=room) as folder:
        sling = str(Path(asked.sling).resolve())
        tasks = [
            (kind, seed, sling, folder, asked.keep, asked.keep_all)
            for kind in kinds
            for seed in range(asked.first_seed, asked.first_seed + each[kind])
        ]
        rides = []
        with multiprocessing.Pool(asked.jobs) as pool:
            for ride in pool.imap(judge_ride, tasks, chunksize=4):
                rides.append(ride)
                if sys.stderr.isatty():
                    print(f"\r{len(rides)} of {len(tasks)} rides", end="", file=sys.stderr, flush=True)
        if sys.stderr.isatty():
            print(file=sys.stderr)
    return report(asked, rides)


def report(asked, rides):
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(ride) + "\n" for ride in rides)
    hours = sum(ride["hours"] for ride in rides)
    print(f"# Detection on rides of the second generator: {len(rides)} rides, seeds from {asked.first_seed}")
    marks = Marks()
    by_set = {name: [ride for ride in rides if ride["set"] == name] for name in ("normal", "true", "extra", "fault")}
    if by_set["normal"]:
        marks.hold("normal: false alerts in 10 armed h", false_alerts(by_set["normal"], "normal"), 1)
        for kind, limit in (("steady", 0.1), ("hills", 0.3)):
            share = blind_share(by_set["normal"], kind)
            if share is not None:
                marks.hold(f"{kind}: share without verdict after minute ten", share, limit)
    rest = by_set["true"] + by_set["extra"] + by_set["fault"]
    if rest:
        false_alerts(rest, "other sets, up to the onset or the fault")
    if by_set["true"]:
        detections(by_set["true"], "true", marks)
    if by_set["extra"]:
        # Figures without marks.
        detections(by_set["extra"], "extra", Marks())
    if by_set["fault"]:
        faults(by_set["fault"], marks)
    if asked.list:
        print("\n## What went wrong")
        for ride in rides:
            for remark in ride["remarks"]:
                print(remark)
    print(f"\n## Marks: {marks.met} met, {len(marks.missed)} missed ({hours:.0f} h without an effect or a fault)")
    for missed in marks.missed:
        print(f"- {missed}")
    return 1 if marks.missed else 0


if __name__ == "__main__":
    sys.exit(main())
