"""The example programs as the rigs use them: `virtual_stick` and `ant_listen`, with a limit on every wait."""

import json
import queue
import subprocess
import threading
import time


class Failure(Exception):
    """The rig has found something wrong."""


class Listener:
    """`ant_listen` with its arguments, and the events that it says."""

    def __init__(self, program, *arguments, seconds=60, **options):
        command = [program, "--seconds", str(seconds), *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
        )
        self.events = queue.Queue()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))
        self.events.put({"event": "ended"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)

    def next(self, limit=10.0):
        try:
            return self.events.get(timeout=limit)
        except queue.Empty:
            raise Failure(f"nothing said within {limit} s") from None

    def expect(self, event, limit=10.0, **fields):
        """The next event that is no page must be this one. A command may have to be tried again on a busy machine."""
        until = time.monotonic() + limit
        while True:
            said = self.next(max(0.0, until - time.monotonic()))
            if said["event"] in ("page", "no answer"):
                continue
            if said["event"] != event or any(said.get(name) != value for name, value in fields.items()):
                raise Failure(f"{said} where {event} {fields} is expected")
            return said

    def pages(self, count, limit):
        """So many pages, with nothing between them."""
        until = time.monotonic() + limit
        pages = []
        while len(pages) < count:
            said = self.next(max(0.0, until - time.monotonic()))
            if said["event"] != "page":
                raise Failure(f"{said} after {len(pages)} pages where {count} are expected")
            pages.append(said)
        return pages


def end(process):
    """Ends a program by the end of its input, and if that does not help by its id."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def check_pages(pages, sensors):
    """Pages of `virtual_stick`: every sensor is there, and each value follows from its count."""
    numbers = {page["number"] for page in pages}
    if numbers != set(range(1, sensors + 1)):
        raise Failure(f"heard sensors {sorted(numbers)} where there are {sensors}")
    for page in pages:
        expected = 500 + page["number"] * 10 + page["count"] % 100
        if page["smo2_tenths"] != expected or page["interval_ms"] != 500:
            raise Failure(f"{page} where {expected} tenths are expected")
