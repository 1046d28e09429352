#!/usr/bin/env python3
"""What the bench costs: from its start to the first frame, a minute at the speed of life, the whole demo and back.

    tests/bench_figures.py target/release/sling [--via ant]
"""
import base64
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time

MINUTE_S = int(os.environ.get("SLING_BENCH_S", "60"))


class Page:
    """A client of the socket, no more than it takes (RFC 6455)."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=30)
        here = f"{host}:{port}"
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /ws HTTP/1.1", f"Host: {here}", f"Origin: http://{here}", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", "", ""]
        self.socket.sendall("\r\n".join(lines).encode())
        self.bytes = b""
        while b"\r\n\r\n" not in self.bytes:
            self.read()
        self.bytes = self.bytes.split(b"\r\n\r\n", 1)[1]

    def read(self):
        more = self.socket.recv(1 << 16)
        if not more:
            raise ConnectionError("the bench has gone away")
        self.bytes += more

    def take(self, count):
        while len(self.bytes) < count:
            self.read()
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def hear(self):
        """What it is, and a text's object or a frame's second and picture."""
        first, length = self.take(2)
        if length == 126:
            (length,) = struct.unpack(">H", self.take(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.take(8))
        body = self.take(length)
        if first & 15 != 1:
            return "frame", (struct.unpack("<d", body[:8])[0], body[8:])
        message = json.loads(body)
        return message["is"], message

    def say(self, **message):
        body = json.dumps(message).encode()
        self.socket.sendall(bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body)

    def seek(self, t_s):
        self.say(do="seek", t_s=t_s)
        while True:
            what, message = self.hear()
            if what == "state" and message["t_s"] == t_s and not message["busy"]:
                return


def main():
    began = time.monotonic()
    command = [sys.argv[1], "bench", "demo", "--no-open", "--at", "19:30", *sys.argv[2:]]
    bench = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    host, port = re.match(r"http://(.*):(\d+)/", bench.stdout.readline()).groups()
    page = Page(host, int(port))

    def cpu_s():
        with open(f"/proc/{bench.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    while page.hear()[0] != "frame":
        pass
    print(f"from start to first frame: {(time.monotonic() - began) * 1000:.0f} ms")

    before, heard, began = cpu_s(), {}, time.monotonic()
    while time.monotonic() - began < MINUTE_S:
        if page.bytes or select.select([page.socket], [], [], 0.5)[0]:
            what = page.hear()[0]
            heard[what] = heard.get(what, 0) + 1
    print(f"at the speed of life: {(cpu_s() - before) / MINUTE_S * 100:.1f} % of a core; heard {heard}")

    page.say(do="pause")
    page.seek(0)
    for start, end in [(0, 2400), (2400, 1170)]:
        before, began = cpu_s(), time.monotonic()
        page.seek(end)
        print(f"from {start} s to {end} s: {(time.monotonic() - began) * 1000:.0f} ms, of the processor {cpu_s() - before:.2f} s")
    bench.send_signal(signal.SIGINT)
    sys.exit(bench.wait(10))


if __name__ == "__main__":
    main()
