#!/usr/bin/env python3
"""From a saved source to its picture: how long `sling bench --watch` takes until the new build's first frame is there.

    cargo build && tests/bench_loop.py target/debug/sling [ROUNDS]

Touches a page of the head unit in core, then one of the bench's own page. Nothing in them changes.
"""
import os
import re
import signal
import subprocess
import sys
import time

from bench_figures import Page

ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
LIMIT_S = 900


def opened(host, port, other_than):
    """A page of another build than this one, and the frames that it has not read yet."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        try:
            page = Page(host, port)
            what, hello = page.hear()
            if what == "hello" and hello["build"] != other_than:
                return page, hello["build"]
        except OSError:
            pass
        time.sleep(0.02)
    sys.exit("bench_loop.py: no new build came")


def until(page, is_it):
    while True:
        what, message = page.hear()
        if is_it(what, message):
            return message


def main():
    command = [sys.argv[1], "bench", "demo", "--watch", "--no-open", "--at", "19:30"]
    bench = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        host, port = re.match(r"http://(.*):(\d+)/", bench.stdout.readline()).groups()
        page, build = opened(host, int(port), None)
        until(page, lambda what, _: what == "frame")
        page.say(do="pause")
        time.sleep(1)
        for source in ["core/src/ui/balance.rs", "simulator/src/bench/page/bench.css"]:
            for _ in range(ROUNDS):
                began = time.monotonic()
                os.utime(source)
                until(page, lambda what, it: what == "build" and it["state"] == "building")
                seen = time.monotonic()
                until(page, lambda what, it: what == "build" and it["state"] == "ok")
                built = time.monotonic()
                page, build = opened(host, int(port), build)
                until(page, lambda what, _: what == "frame")
                done = time.monotonic()
                print(f"{source}: {done - began:.1f} s to the new frame: seen after {seen - began:.2f} s, "
                      f"built in {built - seen:.1f} s, shown {done - built:.2f} s later", flush=True)
    finally:
        bench.send_signal(signal.SIGINT)
        bench.wait(20)


main()
