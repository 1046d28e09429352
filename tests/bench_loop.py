#!/usr/bin/env python3
"""From a saved source to its picture: how long `sling bench --watch` takes until the new build's frame is there.

    cargo build && tests/bench_loop.py target/debug/sling [ROUNDS]

Edits a page of the head unit in core, then a file of the bench's own page, and takes each edit back, which is another. Fails if
the new build shows another second, another ride or other pixels than it should. The sources are left as they were.
"""
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.request

from bench_figures import Page

ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 1
LIMIT_S = 900
# A source, what is edited in it, and what is written instead.
CORE = ("core/src/ui/balance.rs", "const BALANCE_H: i16 = 72;", "const BALANCE_H: i16 = 70;")
PAGE = ("simulator/src/bench/page/bench.css", "main {\n", "main { /* edited */\n")
AT_S = 1234


class Loop:
    """The bench, and the page that is open on it."""

    def __init__(self, host, port):
        self.host, self.port, self.build = host, port, None
        self.open()

    def open(self):
        """The page of another build than the one before."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            try:
                self.page = Page(self.host, self.port)
                self.page.socket.settimeout(LIMIT_S)
                what, self.hello = self.page.hear()
                if what == "hello" and self.hello["build"] != self.build:
                    self.build = self.hello["build"]
                    return
            except OSError:
                pass
            time.sleep(0.02)
        sys.exit("bench_loop.py: no new build came")

    def built(self, state):
        while True:
            what, message = self.page.hear()
            if what == "build" and message["state"] == "failed":
                sys.exit(f"bench_loop.py: {message['words']}")
            if what == "build" and message["state"] == state:
                return time.monotonic()

    def shown(self):
        """Where the bench stands, in which ride, and its frame."""
        state, frame = None, None
        while not (state and not state["busy"] and frame):
            what, message = self.page.hear()
            if what == "state":
                state = message
            elif what == "frame":
                frame = message
        done = [(it["t_s"], it["words"]) for it in state["injected"]]
        return (state["t_s"], state["playing"], self.hello["name"], done), frame

    def css(self):
        with urllib.request.urlopen(f"http://{self.host}:{self.port}/bench.css", timeout=30) as answer:
            return answer.read().decode()


def edit(loop, source, old, new):
    """Edits a source and waits for the new build; its picture, and how long each part took."""
    path = pathlib.Path(source)
    before, _ = loop.stands
    began = time.monotonic()
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{source} has not one {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")
    seen = loop.built("building")
    built = loop.built("ok")
    loop.open()
    loop.stands = loop.shown()
    shown = time.monotonic()
    if loop.stands[0] != before:
        sys.exit(f"bench_loop.py: the new build stands at {loop.stands[0]}, the one before stood at {before}")
    print(f"{source}: {shown - began:.1f} s to the new frame: seen after {seen - began:.2f} s, "
          f"built in {built - seen:.1f} s, shown {shown - built:.2f} s later", flush=True)
    second, picture = loop.stands[1]
    if second != before[0]:
        sys.exit(f"bench_loop.py: the new build's frame is of {second} s, and it stands at {before[0]} s")
    return picture, shown - began


def main():
    sources = {path: pathlib.Path(path).read_text(encoding="utf-8") for path, *_ in (CORE, PAGE)}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench_loop.py: ended from outside"))
    command = [sys.argv[1], "bench", "demo", "--watch", "--no-open"]
    bench = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    times = {CORE[0]: [], PAGE[0]: []}
    try:
        host, port = re.match(r"http://(.*):(\d+)/", bench.stdout.readline()).groups()
        loop = Loop(host, int(port))
        loop.page.say(do="pause")
        loop.page.seek(AT_S)
        loop.page.say(do="lap")
        what, message = None, None
        while what != "state" or not message["injected"]:
            what, message = loop.page.hear()
        # A page that comes now is told how it stands.
        loop.build = None
        loop.open()
        loop.stands = loop.shown()
        assert loop.stands[0][0] > AT_S and loop.stands[0][3], loop.stands[0]
        for _ in range(ROUNDS):
            source, old, new = CORE
            before = loop.stands[1][1]
            for words, is_same in [((old, new), False), ((new, old), True)]:
                frame, took_s = edit(loop, source, *words)
                times[source].append(took_s)
                if (frame == before) != is_same:
                    sys.exit(f"bench_loop.py: {source} says {words[1]!r}, and the frame is {'another' if is_same else 'as before'}")
            source, old, new = PAGE
            for words in [(old, new), (new, old)]:
                times[source].append(edit(loop, source, *words)[1])
                if words[1] not in loop.css():
                    sys.exit(f"bench_loop.py: {source} is not served as it is")
    finally:
        for path, text in sources.items():
            if pathlib.Path(path).read_text(encoding="utf-8") != text:
                pathlib.Path(path).write_text(text, encoding="utf-8")
        bench.send_signal(signal.SIGINT)
        bench.wait(20)
    for source, took_s in times.items():
        print(f"{source}: median {statistics.median(took_s):.1f} s of {len(took_s)} edits")


main()
