#!/usr/bin/env python3
"""Presses keys in `sling window` on a virtual X server, and looks at its pixels there.

    tests/window.py SLING

SLING is built with the feature `window`. The screen is read from the server's own memory, so what is compared is what a person
would see; at the end the line that was printed is run, and must show the same pixels.
"""

import os
import re
import select
import shlex
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from png_rows import rows

LIMIT_S = 20


def fail(why):
    sys.exit(f"window.py: {why}")


def wait(what, look, limit_s=LIMIT_S):
    """What `look` returns as soon as that is something."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    fail(f"not within {limit_s} s: {what}")


class Screen:
    """An X server without a screen."""

    def __init__(self, folder):
        told, tell = os.pipe()
        # Without -noreset it starts anew when its last client goes, and turns the next one away while it does.
        command = ["Xvfb", "-displayfd", str(tell), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset", "-fbdir", str(folder)]
        self.server = subprocess.Popen(command, pass_fds=[tell], stderr=subprocess.DEVNULL)
        os.close(tell)
        # The number and the end of its line come one after the other, and it dies if nobody waits for both.
        number = b""
        while not number.endswith(b"\n"):
            if not select.select([told], [], [], LIMIT_S)[0] or not (more := os.read(told, 16)):
                fail("Xvfb does not start")
            number += more
        self.name = ":" + number.decode().strip()
        os.close(told)
        self.memory = Path(folder) / "Xvfb_screen0"

    def end(self):
        self.server.terminate()
        self.server.wait(timeout=LIMIT_S)

    def pixels(self, x, y, w, h):
        """Red, green and blue of a part of the screen: an XWD file, whose header is of 32-bit numbers."""
        data = self.memory.read_bytes()
        head = struct.unpack(">25I", data[:100])
        size, bits, stride, colours = head[0], head[11], head[12], head[19]
        if bits != 32 or head[7] != 0:
            fail("the server's pixels are not 32 bits, least byte first")
        begin = size + 12 * colours
        out = bytearray()
        for row in range(y, y + h):
            line = data[begin + row * stride + 4 * x : begin + row * stride + 4 * (x + w)]
            part = bytearray(3 * w)
            part[0::3], part[1::3], part[2::3] = line[2::4], line[1::4], line[0::4]
            out += part
        return bytes(out)


class Window:
    """`sling window` on that screen."""

    def __init__(self, sling, screen, cwd, words):
        self.screen, self.cwd = screen, cwd
        self.environment = os.environ | {"DISPLAY": screen.name, "SDL_VIDEODRIVER": "x11", "SDL_AUDIODRIVER": "dummy"}
        self.environment.pop("WAYLAND_DISPLAY", None)
        self.sling = subprocess.Popen(
            [sling, "window", *words], cwd=cwd, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.id = wait("a window", self.find)
        self.tool("windowfocus", "--sync", self.id)
        wait("a picture", lambda: len(set(self.pixels())) > 1)

    def tool(self, *words):
        ran = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True, timeout=LIMIT_S)
        return ran.stdout

    def find(self):
        if self.sling.poll() is not None:
            fail(f"it ended with {self.sling.returncode}: {self.sling.stderr.read()}")
        return self.tool("search", "--onlyvisible", "--name", "^Sling$").strip()

    def place(self):
        told = dict(line.split("=") for line in self.tool("getwindowgeometry", "--shell", self.id).split())
        return [int(told[key]) for key in ("X", "Y", "WIDTH", "HEIGHT")]

    def pixels(self):
        return self.screen.pixels(*self.place())

    def key(self, key):
        self.tool("key", key)

    def settled(self):
        """Its pixels once nothing moves for half a second."""
        last, since = self.pixels(), time.monotonic()

        def look():
            nonlocal last, since
            now = self.pixels()
            if now != last:
                last, since = now, time.monotonic()
            return time.monotonic() - since > 0.5

        wait("it stands still", look)
        return last

    def changed(self, what, before):
        wait(what, lambda: self.pixels() != before)

    def ended(self):
        try:
            out, err = self.sling.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            fail("it does not end")
        if self.sling.returncode != 0:
            fail(f"it ended with {self.sling.returncode}: {err}")
        return out, err

    def kill(self):
        if self.sling.poll() is None:
            self.sling.kill()
            self.sling.wait()


def frame(sling, cwd, line):
    """The pixels of the screen at the end of what a line plays."""
    words = shlex.split(line)
    if words[0] != "sling":
        fail(f"this is no line: {line}")
    subprocess.run([sling, *words[1:], "--frame", "last.png"], cwd=cwd, check=True, capture_output=True, timeout=60)
    width, height, lines = rows(Path(cwd) / "last.png")
    return width, height, b"".join(lines)


def plays(sling, screen, folder):
    window = Window(sling, screen, folder, ["demo", "--at", "19:30", "--scale", "1", "--save", "."])
    try:
        if window.place()[2:] != [240, 400]:
            fail(f"the window has {window.place()}")
        first = window.pixels()
        window.changed("time passes by itself", first)
        window.key("space")
        still = window.settled()
        time.sleep(1.5)
        if window.pixels() != still:
            fail("time passes though space was pressed")
        window.key("d")
        window.changed("down turns the page", still)
        page = window.settled()
        window.key("u")
        window.changed("up turns it back", page)
        if window.settled() != still:
            fail("up does not undo down")
        # Held: another leg, a lap, cues kept back. Then a tap, and taken back.
        window.key("S")
        x, y, w, h = window.place()
        window.tool("mousemove", str(x + w // 2), str(y + h // 2), "click", "1")
        window.settled()
        window.key("D")
        window.key("D")
        window.key("z")
        window.key("Right")
        window.settled()
        for _ in range(5):
            window.key("plus")
        window.key("space")
        window.changed("it goes on, fast", window.pixels())
        window.key("space")
        last = window.settled()
        window.key("q")
        out, _ = window.ended()
    finally:
        window.kill()
    toml = (Path(folder) / "session.toml").read_text()
    presses = re.findall(r'^button = "(\w+)"$', toml.split("version", 1)[1], re.MULTILINE)
    if presses[-4:] != ["down", "up", "select", "down"] or toml.count("long = true") < 2 or "[[touch]]" not in toml:
        fail(f"what was pressed is not in the scenario: {presses}")
    line = out.strip()
    if not line.startswith("sling run session.toml --seed 7 --until "):
        fail(f"it ended with the line {line}")
    if frame(sling, folder, line) != (240, 400, last):
        fail(f"{line} does not show what the window showed")
    print(f"{line}: the same pixels")


def ends(sling, screen, folder):
    # What the window's own cross sends arrives like a signal: as a wish to quit.
    for what in [lambda window: window.key("Escape"), lambda window: window.sling.send_signal(signal.SIGTERM)]:
        window = Window(sling, screen, folder, ["demo", "--display", "tft-landscape"])
        try:
            if window.place()[2:] != [940, 564] and window.place()[2] < 470:
                fail(f"the window has {window.place()}")
            what(window)
            out, err = window.ended()
        finally:
            window.kill()
        if not re.fullmatch(r"sling run demo --seed 7 --display tft-landscape --until [\d.]+\n", out) or err:
            fail(f"it said {out!r} and {err!r}")


def refuses(sling, folder):
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment["SDL_VIDEODRIVER"] = "x11"
    ran = subprocess.run([sling, "window"], cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT_S)
    if ran.returncode != 2 or ran.stdout or not re.fullmatch(r"sling: there is no display for a window: .+\n", ran.stderr):
        fail(f"without a display: {ran.returncode}, {ran.stdout!r}, {ran.stderr!r}")


def main():
    sling = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        refuses(sling, folder)
        screen = Screen(folder)
        try:
            plays(sling, screen, folder)
            ends(sling, screen, folder)
        finally:
            screen.end()


main()
