"""Checks that a FIT file of Sling's reads the same, value by value, in three independent readers.

    verify.py RIDE.fit EXPECTED.csv EVENTS.csv

EXPECTED.csv has a header row of field names (as in readers.py) with `timestamp` first, and a row for each record; an
empty cell means that the field must be absent. Fields that are not in the header must be absent from every record,
except those that readers derive by themselves. EVENTS.csv holds the events in the same way: timestamp, event, event_type, and
the text of our own field. Nothing that a reader warns of is let pass. Exit 0 all alike, 1 a difference, 2 bad usage.
"""

import csv
import sys
import warnings

from readers import READERS

# The readers add these to what is in the file: enhanced_speed and speed follow from one another.
DERIVED = {"speed", "enhanced_speed"}
SUMMARY = [
    f"{which}_{what}"
    for which in ("avg", "min", "max")
    for what in ("saturated_hemoglobin_percent", "total_hemoglobin_conc")
]


def alike(a, b):
    """Float32 numbers as the readers print them: equal to six digits."""
    if isinstance(a, list) or isinstance(b, list):
        a = a if isinstance(a, list) else [a]
        b = b if isinstance(b, list) else [b]
        return len(a) == len(b) and all(alike(x, y) for x, y in zip(a, b))
    return abs(a - b) <= 1e-6 * max(1.0, abs(a))


def differences(reader, records, expected):
    if len(records) != len(expected):
        yield f"{reader}: {len(records)} records where {len(expected)} are expected"
        return
    for number, (record, row) in enumerate(zip(records, expected)):
        for name, cell in row.items():
            value = record.get(name)
            if cell == "" and value is not None:
                yield f"{reader}: record {number}: {name} is {value} where nothing is expected"
            elif cell != "" and (value is None or not alike(float(cell), value)):
                yield f"{reader}: record {number}: {name} is {value} where {cell} is expected"
        for name in record.keys() - row.keys() - DERIVED:
            yield f"{reader}: record {number}: {name} is {record[name]} and is not expected at all"


def summaries(found):
    """What laps and sessions say of the primary muscle, by every reader alike."""
    first, *others = found.items()
    for kind in ("lap", "session"):
        for reader, messages in others:
            ours, theirs = first[1][kind], messages[kind]
            if len(ours) != len(theirs):
                yield f"{reader}: {len(theirs)} {kind} messages where {first[0]} has {len(ours)}"
                continue
            for number, (a, b) in enumerate(zip(ours, theirs)):
                for name in ["timestamp", "start_time", *SUMMARY]:
                    both = name in a and name in b
                    if (name in a) != (name in b) or (both and not alike(a[name], b[name])):
                        yield f"{reader}: {kind} {number}: {name} is {b.get(name)}, {first[0]} has {a.get(name)}"


def events(reader, found, expected):
    """Every event, in its order. Readers give a name of the profile or, where they know none, its number."""
    numbers = {"timer": 0, "user_marker": 32, "start": 0, "marker": 3, "stop_all": 4}
    if len(found) != len(expected):
        yield f"{reader}: {len(found)} events where {len(expected)} are expected"
        return
    for number, (event, row) in enumerate(zip(found, expected)):
        for name in ("event", "event_type"):
            if event.get(name) not in (row[name], numbers[row[name]]):
                yield f"{reader}: event {number}: {name} is {event.get(name)} where {row[name]} is expected"
        if event.get("timestamp") != int(row["timestamp"]) or (event.get("Sling") or "") != row["text"]:
            yield f"{reader}: event {number}: {event} where {row} is expected"


def main():
    warnings.simplefilter("error")
    if len(sys.argv) != 4:
        print("usage: verify.py RIDE.fit EXPECTED.csv EVENTS.csv", file=sys.stderr)
        return 2
    with open(sys.argv[2], newline="", encoding="utf-8") as file:
        expected = list(csv.DictReader(file))
    if not expected:
        print(f"{sys.argv[2]}: no row is expected, so nothing would be checked", file=sys.stderr)
        return 2
    with open(sys.argv[3], newline="", encoding="utf-8") as file:
        happened = list(csv.DictReader(file))
    found = {name: read(sys.argv[1]) for name, read in READERS.items()}
    complaints = [line for name, messages in found.items() for line in differences(name, messages["record"], expected)]
    complaints += summaries(found)
    complaints += [line for name, messages in found.items() for line in events(name, messages["event"], happened)]
    for line in complaints[:20]:
        print(line)
    if complaints:
        print(f"{len(complaints)} differences")
        return 1
    values = sum(cell != "" for row in expected for cell in row.values())
    print(f"{len(expected)} records, {values} values, {len(happened)} events: {', '.join(READERS)} agree with what was meant")
    return 0


if __name__ == "__main__":
    sys.exit(main())
