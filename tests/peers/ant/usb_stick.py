"""Our USB driver against an emulated stick: sysfs and usbfs are umockdev's, the firmware is `virtual_stick`.

    umockdev-wrapper /usr/bin/python3 tests/peers/ant/usb_stick.py VIRTUAL_STICK ANT_LISTEN

libusb opens, claims and reads the stick as it would a real one; its ioctls end here. A kernel driver holds the
interface, as usb-serial does on real machines, so a driver that does not move it aside gets nowhere. Exit 0 all well,
1 a fault found, 2 bad usage.
"""

import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

from listener import Failure, Listener, check_pages, end  # noqa: E402

SENSORS = 8
PAGES = 120
EAGAIN, EBUSY, ENODEV, EINVAL, ENOTTY, ENODATA, ESHUTDOWN, ENOENT, EPIPE = 11, 16, 19, 22, 25, 61, 108, 2, 32

# usbdevice_fs.h: the numbers of the ioctls of type 'U'.
SET_CONFIGURATION, GET_DRIVER, SUBMIT, DISCARD, REAP, REAP_NDELAY = 5, 8, 10, 11, 12, 13
CLAIM, RELEASE, IOCTL, RESET, CLEAR_HALT, CAPABILITIES, DISCONNECT_CLAIM = 15, 16, 18, 20, 21, 26, 27
DISCONNECT = 22
# struct usbdevfs_urb on a 64-bit machine.
URB_SIZE, URB_TYPE, URB_ENDPOINT, URB_STATUS, URB_BUFFER, URB_LENGTH, URB_ACTUAL = 56, 0, 1, 4, 16, 24, 28
CONTROL = 2
# Not the addresses of common sticks: the driver must take them from the descriptors.
BULK_OUT, BULK_IN = 0x02, 0x83


class Stick(UMockdev.IoctlBase):
    """One plugged-in stick: answers the ioctls of its device node from the firmware's bytes."""

    def __init__(self, firmware, serial):
        super().__init__()
        self.lock = threading.Condition(threading.RLock())
        self.serial = serial
        self.environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        self.process = subprocess.Popen(
            [firmware, "--stdio", "--sensors", str(SENSORS), "--cut", "11"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=self.environment,
        )
        self.fault = None
        self.gone = False
        self.taken = False
        self.kernel_driver = True
        self.detached = 0
        self.said = bytearray()
        self.waiting = []
        self.finished = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while data := self.process.stdout.read(64):
            with self.lock:
                self.said += data
                self._feed()

    def _feed(self):
        """Bytes of the firmware into the transfers that wait for them."""
        while self.said and self.waiting:
            urb, size = self.waiting.pop(0)
            packet, self.said = bytes(self.said[: min(size, 64)]), self.said[min(size, 64) :]
            urb.resolve(URB_BUFFER, size).update(0, list(packet))
            self._finish(urb, 0, len(packet))

    def _finish(self, urb, status, actual):
        urb.update(URB_STATUS, list(struct.pack("<i", status)))
        urb.update(URB_ACTUAL, list(struct.pack("<i", actual)))
        self.finished.append(urb)
        self.lock.notify_all()

    def do_handle_ioctl(self, client):
        try:
            with self.lock:
                result, error = self._ioctl(client)
        except Exception:
            self.fault = traceback.format_exc()
            result, error = -1, ENOTTY
        client.complete(result, error)
        return True

    def _ioctl(self, client):
        request, argument = client.get_request(), client.get_arg()
        if request >> 8 & 0xFF != ord("U"):
            return -1, ENOTTY
        number = request & 0xFF
        size = request >> 16 & 0x3FFF
        if number in (REAP, REAP_NDELAY):
            return self._reap(argument.resolve(0, size))
        if number == DISCARD:
            return self._discard(struct.unpack("<Q", bytes(argument.retrieve()))[0])
        if self.gone:
            return -1, ENODEV
        if number == SUBMIT:
            return self._submit(argument.resolve(0, URB_SIZE))
        if number == CAPABILITIES:
            argument.resolve(0, size).update(0, list(struct.pack("<I", 0)))
            return 0, 0
        if number == GET_DRIVER:
            if not self.kernel_driver:
                return -1, ENODATA
            argument.resolve(0, size).update(4, list(b"usbserial\0"))
            return 0, 0
        if number == IOCTL:
            # The only one that libusb hands to the driver of an interface is the one that makes it let go.
            if struct.unpack_from("<ii", bytes(argument.resolve(0, size).retrieve()))[1] & 0xFF == DISCONNECT:
                self.kernel_driver = False
                self.detached += 1
            return 0, 0
        if number in (CLAIM, DISCONNECT_CLAIM):
            if number == DISCONNECT_CLAIM and not self.taken and self.kernel_driver:
                self.kernel_driver = False
                self.detached += 1
            return (-1, EBUSY) if self.taken or self.kernel_driver else (0, 0)
        if number in (RELEASE, RESET, CLEAR_HALT, SET_CONFIGURATION):
            return 0, 0
        return -1, ENOTTY

    def _submit(self, urb):
        data = bytes(urb.retrieve())
        kind, endpoint = data[URB_TYPE], data[URB_ENDPOINT]
        size = struct.unpack_from("<i", data, URB_LENGTH)[0]
        if kind == CONTROL:
            self._control(urb, size)
        elif endpoint == BULK_OUT:
            # Nothing to resolve where there is nothing to send.
            sent = bytes(urb.resolve(URB_BUFFER, size).retrieve()) if size else b""
            self.process.stdin.write(sent)
            self._finish(urb, 0, size)
        elif endpoint == BULK_IN:
            urb.resolve(URB_BUFFER, size)
            self.waiting.append((urb, size))
            self._feed()
        else:
            return -1, ENOENT
        return 0, 0

    def _control(self, urb, size):
        """Only GET_DESCRIPTOR for the languages and the serial number."""
        buffer = urb.resolve(URB_BUFFER, size)
        kind, request, value, _, length = struct.unpack("<BBHHH", bytes(buffer.retrieve())[:8])
        strings = {0x0300: b"\x09\x04", 0x0303: self.serial.encode("utf-16-le")}
        if (kind, request) != (0x80, 6) or value not in strings:
            return self._finish(urb, -EPIPE, 0)
        text = strings[value]
        answer = (bytes([len(text) + 2, 3]) + text)[:length]
        buffer.update(8, list(answer))
        return self._finish(urb, 0, len(answer))

    def _reap(self, pointer):
        if not self.finished:
            # To umockdev's clients a device node is always ready: without this pause they would spin.
            self.lock.wait(0.004)
        if not self.finished:
            return -1, ENODEV if self.gone else EAGAIN
        if not pointer.set_ptr(0, self.finished.pop(0)):
            raise RuntimeError("the pointer to a finished transfer is not taken")
        return 0, 0

    def _discard(self, address):
        for index, (urb, _) in enumerate(self.waiting):
            if urb.client_addr == address:
                del self.waiting[index]
                self._finish(urb, -ENOENT, 0)
                return 0, 0
        return -1, EINVAL

    def pull_out(self):
        with self.lock:
            self.gone = True
            for urb, _ in self.waiting:
                self._finish(urb, -ESHUTDOWN, 0)
            self.waiting.clear()
        end(self.process)


def descriptors(product):
    """What the stick says of itself: one vendor-specific interface with two bulk endpoints."""
    device = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0, 0, 0, 64, 0x0FCF, product, 0x0100, 1, 2, 3, 1)
    interface = struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 2, 0xFF, 0, 0, 0)
    endpoints = b"".join(struct.pack("<BBBBHB", 7, 5, address, 2, 64, 1) for address in (BULK_IN, BULK_OUT))
    total = 9 + len(interface) + len(endpoints)
    return device + struct.pack("<BBHBBBBB", 9, 2, total, 1, 1, 0, 0x80, 50) + interface + endpoints


ROOT_HUB = "/sys/devices/pci0000:00/0000:00:14.0/usb1"


def device_text(path, number, vendor, product, data, speed):
    return "\n".join(
        [
            f"P: {path.removeprefix('/sys')}",
            f"N: bus/usb/001/{number:03}",
            "E: SUBSYSTEM=usb",
            "E: DEVTYPE=usb_device",
            "E: BUSNUM=001",
            f"E: DEVNUM={number:03}",
            f"E: DEVNAME=/dev/bus/usb/001/{number:03}",
            f"E: PRODUCT={vendor:x}/{product:x}/100",
            "A: busnum=1\\n",
            f"A: devnum={number}\\n",
            f"A: idVendor={vendor:04x}\\n",
            f"A: idProduct={product:04x}\\n",
            f"A: speed={speed}\\n",
            "A: bConfigurationValue=1\\n",
            "A: bNumConfigurations=1\\n",
            f"H: descriptors={data.hex().upper()}",
            "",
        ]
    )


class Bus:
    """A USB bus with room for sticks."""

    def __init__(self, firmware):
        self.bed = UMockdev.Testbed.new()
        self.firmware = firmware
        self.next_number = 2
        hub = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 9, 0, 0, 64, 0x1D6B, 2, 0x0510, 0, 0, 0, 1)
        hub += struct.pack("<BBHBBBBB", 9, 2, 25, 1, 1, 0, 0xE0, 0) + struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 1, 9, 0, 0, 0)
        hub += struct.pack("<BBBBHB", 7, 5, 0x81, 3, 4, 12)
        self.bed.add_from_string(device_text(ROOT_HUB, 1, 0x1D6B, 2, hub, 480))

    def node(self, number):
        return pathlib.Path(self.bed.get_root_dir(), f"dev/bus/usb/001/{number:03}")

    def plug_in(self, product, serial):
        number = self.next_number
        self.next_number += 1
        stick = Stick(self.firmware, serial)
        self.bed.attach_ioctl(f"/dev/bus/usb/001/{number:03}", stick)
        path = f"{ROOT_HUB}/1-{number}"
        self.bed.add_from_string(device_text(path, number, 0x0FCF, product, descriptors(product), 12))
        self.bed.uevent(path, "add")
        return stick, number

    def pull_out(self, stick, number):
        stick.pull_out()
        path = f"{ROOT_HUB}/1-{number}"
        self.bed.uevent(path, "remove")
        self.bed.remove_device(path)
        # The driver must get its ENODEV before its device goes altogether.
        time.sleep(0.3)
        self.bed.detach_ioctl(f"/dev/bus/usb/001/{number:03}")
        self.node(number).unlink(missing_ok=True)
        if stick.fault:
            raise Failure(stick.fault)


def comes_and_goes(bus, listen):
    """A stick that is plugged in late, pulled out and plugged in again, three times."""
    with Listener(listen, "usb", seconds=120) as listener:
        listener.expect("trouble", what="NoStick")
        for round in range(3):
            stick, number = bus.plug_in((0x1008, 0x1009)[round % 2], f"{round}")
            listener.expect("opened")
            listener.expect("listening")
            check_pages(listener.pages(PAGES, 20), SENSORS)
            if stick.detached != 1:
                raise Failure("the kernel's driver was not moved aside")
            bus.pull_out(stick, number)
            listener.expect("trouble", what="Gone")
            listener.expect("trouble", what="NoStick")
            print(f"round {round + 1}: {PAGES} pages of {SENSORS} sensors, unplugged, noticed")


def chosen_by_serial(bus, listen):
    """Of two sticks the one that is asked for."""
    first = bus.plug_in(0x1008, "111")
    second = bus.plug_in(0x1008, "222")
    with Listener(listen, "list") as listener:
        serials = {listener.expect("stick")["serial"] for _ in range(2)}
        if serials != {"111", "222"}:
            raise Failure(f"the sticks' serial numbers read as {serials}")
    with Listener(listen, "usb", "--serial", "333") as listener:
        listener.expect("trouble", what="NoStick")
    with Listener(listen, "usb", "--serial", "222") as listener:
        listener.expect("opened")
        listener.expect("listening")
        if (first[0].detached, second[0].detached) != (0, 1):
            raise Failure("another stick was opened than the one asked for")
    bus.pull_out(*first)
    bus.pull_out(*second)
    print("two sticks told apart by serial number")


def refused(bus, listen):
    """A stick that another program has, and one that this user may not open; both open once they may be."""
    stick, number = bus.plug_in(0x1008, "111")
    stick.taken = True
    with Listener(listen, "usb") as listener:
        listener.expect("trouble", what="Busy")
        stick.taken = False
        listener.expect("opened")
        listener.expect("listening")
    node = bus.node(number)
    with tempfile.TemporaryDirectory() as folder:
        # Permissions do not bind root, who can let another user run the program.
        program, options = listen, {}
        if os.getuid() == 0:
            program = shutil.copy(listen, folder)
            os.chmod(folder, 0o755)
            # A listener to udev puts a socket into it.
            os.chmod(bus.bed.get_root_dir(), 0o777)
            for socket in pathlib.Path(bus.bed.get_root_dir(), "ioctl").rglob("*"):
                socket.chmod(0o777)
            options = {"user": "nobody"}
        node.chmod(0o000)
        with Listener(program, "usb", **options) as listener:
            listener.expect("trouble", what="Denied")
            node.chmod(0o666)
            listener.expect("opened")
            listener.expect("listening")
    bus.pull_out(stick, number)
    print("busy and denied told apart, and over when they are over")


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    firmware, listen = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:])
    bus = Bus(firmware)
    try:
        comes_and_goes(bus, listen)
        chosen_by_serial(bus, listen)
        refused(bus, listen)
    except Failure as failure:
        print(f"usb_stick: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
