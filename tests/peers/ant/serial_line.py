"""Our serial driver against the virtual stick on a pseudo terminal.

    python tests/peers/ant/serial_line.py VIRTUAL_STICK ANT_LISTEN

Exit 0 all well, 1 a fault found, 2 bad usage.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

from listener import Failure, Listener, check_pages, end

SENSORS = 6
PAGES = 100


def start(firmware, link):
    process = subprocess.Popen(
        [firmware, "--pty", link, "--sensors", str(SENSORS), "--cut", "7"], stdin=subprocess.PIPE
    )
    until = time.monotonic() + 10
    while not pathlib.Path(link).exists():
        if time.monotonic() > until or process.poll() is not None:
            raise Failure("the virtual stick does not start")
        time.sleep(0.02)
    return process


def comes_and_goes(firmware, listen, link):
    """A line that appears late, hangs up and appears again."""
    with Listener(listen, "serial", link) as listener:
        listener.expect("trouble", what="NoStick")
        for round in range(3):
            stick = start(firmware, link)
            try:
                listener.expect("opened")
                listener.expect("listening")
                check_pages(listener.pages(PAGES, 20), SENSORS)
                if round == 1:
                    with Listener(listen, "serial", link) as other:
                        other.expect("trouble", what="Busy")
            finally:
                end(stick)
            listener.expect("trouble", what="Gone")
            listener.expect("trouble", what="NoStick")
            print(f"round {round + 1}: {PAGES} pages of {SENSORS} sensors, hung up, noticed")


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory() as folder:
            comes_and_goes(sys.argv[1], sys.argv[2], str(pathlib.Path(folder, "stick")))
    except Failure as failure:
        print(f"serial_line: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
