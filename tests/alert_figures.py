"""Puts the figures of detection into the documentation, from what `sling score --json` wrote.

    alert_figures.py JSON... [--into FILE...]

Without --into, the tables go to standard output as Markdown. With it, what stands between `<!-- figures: NAME -->` and
`<!-- end of figures -->` in each file is replaced by the table of that name. JSON files of different parts
(`--only sweep`) are taken together; parts that were not ridden leave their tables alone. Exit 2: a file or a name that
is not there.
"""

import argparse
import json
import re
import sys
from pathlib import Path

STEPS = ("-15", "-10", "-8", "-5")
RAMPS = ("-2 a min", "-1 a min")
# An alert, what falls (as the rows are called: before and after the size), what is worn while nothing is to be told.
ALERTS = [
    ("calf_overload", "calf", "", "2 sites"),
    ("vl_fatigue", "thigh", "", "2 sites"),
    ("tibialis_overload", "shin", "", "ta and vl"),
    ("antagonist_imbalance", "hamstring", "", "bf and vl"),
    ("antagonist_imbalance", "thigh/hamstring", "", "bf and vl"),
    ("head_imbalance", "medial head", "", "mg and lg"),
    ("head_imbalance", "lateral head", "", "mg and lg"),
    ("side_imbalance", "left thigh", "", "vl left and right"),
    ("side_imbalance", "left calf", "", "4 sites"),
    ("outflow_restriction", "calf", ", tHb +", "2 sites"),
    ("compression", "calf", ", tHb -", "2 sites"),
]


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines).replace("| --- ", "|---").replace(
        "|--- |", "|---|"
    )


def seconds(value):
    return "-" if value is None else f"{value:.0f}"


def percent(share):
    return f"{100 * share:.0f}"


def worn(score):
    """What is worn -> its sets, one for each correlation."""
    sets = {}
    for one in score["normal"] + score["sites"]:
        sets.setdefault(one["worn"], []).append(one["all"])
    return sets


def armed_h(sets):
    return sum(one["armed_h"] for one in sets)


def told(sets, pattern):
    return sum(one["by_pattern"].get(pattern, 0) for one in sets)


def rate(sets, pattern):
    count, hours = told(sets, pattern), armed_h(sets)
    return f"{10 * count / hours:.2f} ({count} in {hours:.0f} h)" if hours else "-"


def effects(score):
    return {row["name"]: row for row in score["true"] if row["correlation"] is None}


def alerts(score):
    rows, by_name = worn(score), effects(score)
    if not rows or not by_name:
        return None
    lines = []
    for pattern, what, how, sites in ALERTS:
        steps = [by_name[f"{what} {size}{how}"] for size in STEPS]
        ramps = [by_name[f"{what} {slope}{how}"] for slope in RAMPS]
        lines.append(
            [
                f"`{pattern}`: {what}{how}",
                f"{rate(rows[sites], pattern)}, {sites}",
                " / ".join(seconds(row["median_s"]) for row in steps),
                " / ".join(percent(row["told_in_6_min"]) for row in steps),
                " / ".join(percent(row["wrong_kind"]) for row in steps)
                + "; "
                + " / ".join(percent(row["wrong_kind"]) for row in ramps),
                " / ".join(seconds(row["median_s"]) for row in ramps),
                f"{steps[1]['rides']}, {steps[0]['rides']}",
            ]
        )
    head = ["alert: what falls", "false in 10 h, and with what worn", "15/10/8/5 points told after, s (median)"]
    head += ["within 6 min, %", "another alert first, %: points; points a min"]
    head += ["2/1 points a min told after, s", "rides of 10 points, of 15"]
    return table(head, lines)


def sites(score):
    rows = worn(score)
    if not rows:
        return None
    patterns = sorted({pattern for sets in rows.values() for one in sets for pattern in one["by_pattern"]})
    lines = []
    for name, sets in rows.items():
        hours, count = armed_h(sets), sum(one["false_alerts"] for one in sets)
        blind = sum(one["without_verdict"] for one in sets) / len(sets)
        each = [f"{10 * told(sets, pattern) / hours:.2f}" if told(sets, pattern) else "0" for pattern in patterns]
        lines.append([name, f"{hours:.0f}", count, f"{10 * count / hours:.2f}", f"{percent(blind)} %", *each])
    head = ["worn", "armed h", "false alerts", "in 10 h", "without a verdict"]
    head += [f"`{pattern}`" for pattern in patterns]
    return table(head, lines)


def both_fall(score):
    rows = [row for name, row in effects(score).items() if name.startswith("both")]
    lines = [
        [row["name"], row["rides"], f"{percent(row['calf_told'])} %", f"{percent(row['wrong_kind'])} %"] for row in rows
    ]
    head = ["calf and thigh fall together", "rides", "told as `calf_overload`", "any alert within 12 min"]
    return table(head, lines) if lines else None


def sweep(score):
    if not score["sweep"]:
        return None
    names = [row["name"] for row in score["sweep"][0]["rows"]]
    lines = [
        [
            f"{100 * cell['loss']:g} %",
            f"{cell['noise_pct']:g}",
            f"{cell['armed_h']:.0f}",
            f"{cell['false_per_10h']:.2f}",
            f"{percent(cell['without_verdict'])} %",
            *(f"{seconds(row['median_s'])} s ({percent(row['told_in_6_min'])} %)" for row in cell["rows"]),
        ]
        for cell in score["sweep"]
    ]
    head = ["packets lost", "noise of a sample, points", "armed h", "false in 10 h", "without a verdict"]
    return table([*head, *(f"{name}: median (within 6 min)" for name in names)], lines)


TABLES = {"alerts": alerts, "sites": sites, "both fall": both_fall, "sweep": sweep}


def gathered(paths):
    """The parts of all files together."""
    score = {"normal": [], "sites": [], "true": [], "sweep": []}
    for path in paths:
        whole = json.loads(Path(path).read_text(encoding="utf-8"))
        for part, rows in score.items():
            rows += whole["score"][part]
    return score


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("json", nargs="+", help="what `sling score --json` wrote")
    parser.add_argument("--into", nargs="+", default=[], help="Markdown files with places for the tables")
    asked = parser.parse_args()
    try:
        score = gathered(asked.json)
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"not what `sling score --json` writes: {error}")
    made = {name: make(score) for name, make in TABLES.items()}
    if not asked.into:
        for name, text in made.items():
            if text:
                print(f"<!-- figures: {name} -->\n{text}")
    for path in map(Path, asked.into):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"<!-- figures: (.*?) -->", text):
            if name not in TABLES:
                parser.error(f"{path}: no table is called {name}")
            new = made[name]
            if new:
                place = rf"(<!-- figures: {re.escape(name)} -->\n).*?(<!-- end of figures -->)"
                text = re.sub(place, lambda found, new=new: found[1] + new + found[2], text, count=1, flags=re.DOTALL)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
