#!/usr/bin/env python3
"""Does what docs/newcomer.md says, in a clone of what is committed here, and looks that the new field is on the screen.

    tests/guide.py [SCRATCH]

Fences of the page: `sh` is run; `sh until=Ctrl-C` is started, asked for its page once it has printed its address, and
interrupted by its process id; `rust file=PATH` is a new file; `rust in=PATH after="LINE"` goes below that line. Other packages'
builds are shared with this clone; what is made of ours stays in SCRATCH (.check/guide).
"""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from png_rows import rows

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/newcomer.md"
# No step takes longer, on a slow machine whose first build this is.
STEP_S = 1500
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ATTRIBUTE = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')


def fail(why):
    sys.exit(f"guide.py: {why}")


def frames(path):
    """How many frames an animated PNG has."""
    at = path.read_bytes().find(b"acTL")
    return int.from_bytes(path.read_bytes()[at + 4 : at + 8], "big") if at > 0 else 1


def steps():
    for language, words, body in FENCE.findall(PAGE.read_text()):
        attributes = {name: quoted or plain for name, quoted, plain in ATTRIBUTE.findall(words)}
        line = PAGE.read_text()[: PAGE.read_text().find(body)].count("\n")
        yield line, language, attributes, body


def served(body, cwd, environment):
    """Starts what serves until Ctrl-C, asks it for its page, and interrupts it."""
    server = subprocess.Popen(
        ["bash", "-euc", "exec " + body.strip()], cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        if not select.select([server.stdout], [], [], STEP_S)[0]:
            fail("no address")
        address = server.stdout.readline().strip()
        if not re.fullmatch(r"http://127\.0\.0\.1:\d+/", address):
            fail(f"this is no address: {address}")
        with urllib.request.urlopen(address, timeout=10) as answer:
            page = answer.read().decode()
        if answer.status != 200 or "<canvas" not in page:
            fail(f"{address} does not serve the bench")
        server.send_signal(signal.SIGINT)
        if server.wait(timeout=15) != 0:
            fail(f"Ctrl-C ended it with {server.returncode}")
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def main():
    scratch = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".check/guide").resolve()
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    shared = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    # The programs go into the clone's own folder: those here stay what they are.
    environment = os.environ | {"SLING": str(ROOT), "CARGO_BUILD_BUILD_DIR": str(shared)}
    environment.pop("CARGO_TARGET_DIR", None)
    cwd, began, done = scratch, time.monotonic(), 0
    for line, language, attributes, body in steps():
        at, step_began = f"docs/newcomer.md:{line}", time.monotonic()
        if "file" in attributes:
            file = cwd / attributes["file"]
            if file.exists():
                fail(f"{at}: {attributes['file']} is there already")
            file.write_text(body)
        elif "in" in attributes:
            file, after = cwd / attributes["in"], attributes["after"] + "\n"
            text = file.read_text()
            if text.count("\n" + after) != 1:
                fail(f"{at}: {attributes['in']} has this line {text.count(chr(10) + after)} times: {after}")
            file.write_text(text.replace("\n" + after, "\n" + after + body))
        elif language == "sh" and attributes.get("until") == "Ctrl-C":
            served(body, cwd, environment)
        elif language == "sh":
            script = body + '\npwd >"$GUIDE_PWD"\n'
            pwd = scratch / "pwd"
            ran = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script], cwd=cwd, env=environment | {"GUIDE_PWD": str(pwd)}, timeout=STEP_S
            )
            if ran.returncode != 0:
                fail(f"{at}: exit code {ran.returncode}:\n{body}")
            cwd = Path(pwd.read_text().strip())
        else:
            fail(f"{at}: nobody knows what to do with a fence {language} {attributes}")
        done += 1
        print(f"{at}: {time.monotonic() - step_began:.1f} s", flush=True)
    took_s = time.monotonic() - began

    # What the reader would see: a bar that is partly full, alone and in a cell, and one that moves.
    width, height, alone = rows(cwd / "alone.png")
    inked = sum(row[x] == 0 for row in alone for x in range(0, len(row), 3))
    if not 0.2 < inked / (width * height) < 0.95:
        fail(f"alone.png has {inked} dark pixels of {width * height}: that is no bar of a rider who pedals")
    bar = max(sum(row[x] == 0 for x in range(0, len(row), 3)) for row in alone)
    if not width * 0.4 < bar < width:
        fail(f"alone.png: the widest row has {bar} dark pixels of {width}")
    program = cwd / "target/debug/sling"
    others = ["render", "numbers", "--from", "demo", "--at", "20 min", "--numbers", "heart_rate,cadence,power,smo2_calf"]
    subprocess.run([program, *others, "-o", "others.png"], cwd=cwd, check=True, timeout=60)
    if rows(cwd / "beside.png")[2] == rows(cwd / "others.png")[2]:
        fail("beside.png is the same with another field in its place")
    if frames(cwd / "moves.apng") < 5:
        fail("moves.apng does not move")
    if done < 8:
        fail(f"only {done} steps were found")
    spent = os.times()
    processor_s = spent.children_user + spent.children_system
    print(f"NOTE {done} steps of the newcomer's guide in {took_s:.0f} s, {processor_s:.0f} s of a processor")
    # Of a machine that is busy with something else, the processor's time is the measure.
    if min(took_s, processor_s) > 600:
        fail("that is more than ten minutes")


main()
