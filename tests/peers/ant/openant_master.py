"""openant, an ANT library that shares nothing with ours, plays a muscle oxygen sensor; our driver and wire layer listen.

    python tests/peers/ant/openant_master.py VIRTUAL_STICK ANT_LISTEN

One `virtual_stick` serves two sticks on one air: openant transmits through the first, `ant_listen` scans with the
second. openant has no muscle oxygen profile, so the pages are packed here, as one number of 32 bits and not byte by
byte as ours are. Every page that was sent must be heard, in order, with all its values. Exit 0 all alike, 1 a
difference, 2 bad usage.
"""

import array
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import threading
import time
import tty

import openant.base.driver
from openant.easy.channel import Channel
from openant.easy.node import Node

from listener import Failure, Listener, end

NUMBER = 4321
DEVICE_TYPE = 31
TRANSMISSION = 5
FREQUENCY = 57
# An obvious dummy.
KEY = [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77]
# Four times as fast as a sensor; who scans does not mind.
PERIOD = 2048
PAGES = 320

AMBIENT, INVALID = "ambient_light", "invalid"
INTERVALS = {1: 250, 2: 500, 3: 1000, 4: 2000}


def smo2_meaning(field):
    """Ten bits: tenths of a percent, or the reason why there are none."""
    if field <= 1000:
        return field, None
    return None, {0x3FE: AMBIENT, 0x3FF: INVALID}.get(field, "implausible")


class Page:
    """A page 0x01: its fields as numbers, the bytes, and what a listener must make of them."""

    def __init__(self, index):
        self.count = index % 256
        self.utc = index % 5 == 0
        self.interval = index % 8
        self.current = index * 37 % 1001
        self.previous = index * 53 % 1001
        self.thb = index * 97 % 4001
        # Every few pages the ends of the scales, the sentinels, and what lies between.
        odd = {
            0: dict(current=0x3FE, previous=0x3FE, thb=0xFFE),
            1: dict(current=0x3FF, previous=0x3FF, thb=0xFFF),
            2: dict(thb=0xFFF),
            3: dict(thb=0xFFE),
            4: dict(current=0x3FE),
            5: dict(current=0x3FF),
            6: dict(previous=0x3FE),
            7: dict(previous=0x3FF),
            8: dict(current=1000, previous=0, thb=4000),
            9: dict(current=0, previous=1000, thb=0),
            10: dict(current=1001, previous=1021),
            11: dict(thb=4001),
        }
        if index % 3 == 0:
            for name, value in odd[index // 3 % len(odd)].items():
                setattr(self, name, value)

    def payload(self):
        word = self.thb | self.previous << 12 | self.current << 22
        return [0x01, self.count, int(self.utc), self.interval << 1, *word.to_bytes(4, "little")]

    def meaning(self):
        smo2, reason = smo2_meaning(self.current)
        previous, previous_reason = smo2_meaning(self.previous)
        return {
            "number": NUMBER,
            "page": self.payload(),
            "count": self.count,
            "utc_wanted": self.utc,
            "interval_ms": INTERVALS.get(self.interval),
            "smo2_tenths": smo2,
            "thb_hundredths": self.thb if smo2 is not None and self.thb <= 4000 else None,
            "reason": reason,
            "previous_tenths": previous,
            "previous_reason": previous_reason,
        }


class TerminalDriver(openant.base.driver.Driver):
    """openant's way to a stick: a pseudo terminal."""

    path = None

    @classmethod
    def find(cls):
        return True

    def open(self):
        self.file = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.file)

    def close(self):
        os.close(self.file)

    def read(self):
        ready, _, _ = select.select([self.file], [], [], 0.2)
        return array.array("B", os.read(self.file, 4096) if ready else b"")

    def write(self, data):
        os.write(self.file, bytes(data))


class Sensor:
    """A master channel of openant that sends the next page in each slot."""

    def __init__(self):
        self.sent = []
        self.node = Node()
        self.node.set_network_key(0, KEY)
        self.channel = self.node.new_channel(Channel.Type.BIDIRECTIONAL_TRANSMIT)
        self.channel.on_broadcast_tx_data = lambda _: self.send()
        self.channel.set_id(NUMBER, DEVICE_TYPE, TRANSMISSION)
        self.channel.set_period(PERIOD)
        self.channel.set_rf_freq(FREQUENCY)
        self.channel.open()
        self.send()
        self.thread = threading.Thread(target=self.node.start)
        self.thread.start()

    def send(self):
        page = Page(len(self.sent))
        self.sent.append(page)
        self.channel.send_broadcast_data(page.payload())

    def stop(self):
        self.node.stop()
        self.thread.join(5)


def hear(listener, count, limit):
    """The pages that come, without those that only repeat the one before."""
    until = time.monotonic() + limit
    pages = []
    while len(pages) < count:
        page = listener.pages(1, max(0.1, until - time.monotonic()))[0]
        # Before openant has sent anything its stick sends zeros.
        if page["page"][0] == 0x01 and (not pages or page["page"] != pages[-1]["page"]):
            pages.append(page)
    return pages


def compare(heard, sent):
    """Every page heard is one that was sent, in order. On a busy machine openant may write two pages within a slot, of which
    the first is never on the air: counts tell, and more than one in ten is no accident."""
    place, missed = heard[0]["count"], 0
    for page in heard:
        while place < len(sent) and sent[place].meaning()["count"] != page["count"]:
            place, missed = place + 1, missed + 1
        if place == len(sent):
            raise Failure(f"heard a page with the count {page['count']} that openant did not send after the one before")
        expected = sent[place].meaning()
        wrong = {name: page.get(name) for name in expected if page.get(name) != expected[name]}
        if wrong:
            raise Failure(f"heard {wrong} where openant sent {expected}")
        place += 1
    if missed > len(heard) // 10:
        raise Failure(f"{missed} of the pages that openant sent were not heard, {len(heard)} were")
    reasons = {page["reason"] for page in heard}
    if reasons != {None, AMBIENT, INVALID, "implausible"}:
        raise Failure(f"only these reasons were tried: {reasons}")


def run(firmware, listen, folder):
    links = [str(pathlib.Path(folder, name)) for name in ("openant", "ours")]
    stick = subprocess.Popen([firmware, "--pty", links[0], "--pty", links[1]], stdin=subprocess.PIPE)
    try:
        with Listener(listen, "serial", links[1], seconds=90) as listener:
            if listener.next()["event"] != "opened":
                listener.expect("opened")
            listener.expect("listening")
            TerminalDriver.path = links[0]
            openant.base.driver.drivers[:] = [TerminalDriver]
            sensor = Sensor()
            try:
                heard = hear(listener, PAGES, 60)
            finally:
                sensor.stop()
            compare(heard, sensor.sent)
            print(f"{len(heard)} pages from openant's master channel, each with all its values")
    finally:
        end(stick)


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory() as folder:
            run(sys.argv[1], sys.argv[2], folder)
    except Failure as failure:
        print(f"openant_master: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
