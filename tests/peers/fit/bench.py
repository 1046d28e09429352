"""Times the decoding of a FIT file by fitdecode, by garmin-fit-sdk and by Sling, in one run.

    bench.py RIDE.fit FIT_DECODE_TIME

FIT_DECODE_TIME is the built example `fit_decode_time`, which prints Sling's milliseconds. Each takes its best of
several runs, turn by turn, so that a busy machine slows all alike. Fails when Sling is less than 50 times faster than
the faster of the two. Exit 0 fast enough, 1 too slow, 2 bad usage.
"""

import subprocess
import sys
import time

import fitdecode
from garmin_fit_sdk import Decoder, Stream

TIMES_FASTER = 50
ROUNDS = 3


def by_fitdecode(path):
    records = 0
    with fitdecode.FitReader(path) as reader:
        for frame in reader:
            records += isinstance(frame, fitdecode.FitDataMessage) and frame.name == "record"
    return records


def by_garmin(path):
    messages, errors = Decoder(Stream.from_file(path)).read()
    if errors:
        raise ValueError(f"{path}: garmin-fit-sdk: {errors}")
    return len(messages["record_mesgs"])


def timed_ms(read, path):
    start = time.perf_counter()
    records = read(path)
    return (time.perf_counter() - start) * 1e3, records


def main():
    if len(sys.argv) != 3:
        print("usage: bench.py RIDE.fit FIT_DECODE_TIME", file=sys.stderr)
        return 2
    path, ours = sys.argv[1:]
    best = {}
    records = {}
    for _ in range(ROUNDS):
        sling = subprocess.run([ours, path], check=True, capture_output=True, text=True).stdout
        best["sling"] = min(best.get("sling", float("inf")), float(sling))
        for name, read in (("fitdecode", by_fitdecode), ("garmin-fit-sdk", by_garmin)):
            ms, records[name] = timed_ms(read, path)
            best[name] = min(best.get(name, float("inf")), ms)
    if len(set(records.values())) != 1 or 0 in records.values():
        print(f"the readers find different rides: {records}")
        return 1
    enough = True
    print(f"{records['fitdecode']} records; sling {best['sling']:.2f} ms")
    for name in ("fitdecode", "garmin-fit-sdk"):
        ratio = best[name] / best["sling"]
        enough &= ratio >= TIMES_FASTER
        print(f"{name} {best[name]:.0f} ms: {ratio:.0f} times as long (at least {TIMES_FASTER} wanted)")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
