"""Runs the small machine with a Bluetooth controller of Bumble's on its second serial port and a Moxy in the air, loses
the link twice, and judges what the driver in the machine said. After that the machine kills its bluetoothd.

vm.py QEMU... : the command that starts the machine; its second serial port is added.

The values that came must be those that were sent, in order, without a gap within a link, and must mean what was meant.
"""

import asyncio
import math
import re
import socket
import struct
import sys
import time

from bumble import hci, ll
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData, PhysicalTransport
from bumble.device import Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.tcp_server import open_tcp_server_transport_with_socket

LIMIT_S = 240
PERIOD_S = 0.1
# How long a link is left up before it is lost, and how often that happens. BlueZ needs some time after connecting.
UP_S = 6
LOSSES = 2

MOXY = "D0:11:22:33:16:2E"
MOXY_SERVICE = "6404D801-4CB9-11E8-B566-0800200C9A66"
MOXY_DATA = "6404D804-4CB9-11E8-B566-0800200C9A66"
BATTERY = 87


class Air(LocalLink):
    """Data carries the address by which the receiver knows the sender: a controller may use either of its two."""

    def send_acl_data(self, sender_controller, destination_address, transport, data):
        receiver = self.find_le_controller(destination_address)
        connection = sender_controller.le_connections.get(destination_address)
        if receiver is not None and connection is not None:
            asyncio.get_running_loop().call_soon(
                receiver.on_link_acl_data, connection.self_address, PhysicalTransport.LE, data)


class HostController(Controller):
    """As a controller should: a reset drops the links, a connection that is given up is reported."""

    def on_hci_reset_command(self, command):
        for connection in list(self.le_connections.values()):
            connection.send_ll_control_pdu(ll.TerminateInd(hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR))
        self.le_connections.clear()
        self.pending_le_connection = None
        self.le_scan_enable = False
        return super().on_hci_reset_command(command)

    def on_hci_le_create_connection_cancel_command(self, command):
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        asyncio.get_running_loop().call_soon(self.send_hci_packet, hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0, role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address.address_type, peer_address=pending.peer_address,
            connection_interval=0, peripheral_latency=0, supervision_timeout=0, central_clock_accuracy=0))
        return super().on_hci_le_create_connection_cancel_command(command)


class Moxy:
    """A sensor that measures, sends, and goes out of range."""

    def __init__(self, air):
        controller = Controller("moxy", link=air)
        self.device = Device(name="Moxy5 1", address=hci.Address(MOXY), host=Host(controller, controller))
        self.data = Characteristic(MOXY_DATA, Characteristic.Properties.NOTIFY, Characteristic.Permissions(0))
        level = Characteristic(
            "2A19", Characteristic.Properties.READ | Characteristic.Properties.NOTIFY, Characteristic.READABLE,
            CharacteristicValue(read=lambda _: bytes([BATTERY])))
        self.device.add_services([Service(MOXY_SERVICE, [self.data]), Service("180F", [level])])
        self.device.on("connection", self.on_connection)
        self.connection = None
        self.sent = []
        self.losses = 0

    async def start(self):
        await self.device.power_on()
        await self.advertise()

    async def advertise(self):
        data = AdvertisingData([
            (AdvertisingData.FLAGS, bytes([0x06])),
            (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(MOXY_SERVICE))),
            (AdvertisingData.COMPLETE_LOCAL_NAME, b"Moxy5 1"),
        ])
        await self.device.start_advertising(
            advertising_data=bytes(data), advertising_interval_min=100, advertising_interval_max=100)

    def on_connection(self, connection):
        say("connected")
        self.connection = connection
        connection.on("disconnection", self.on_disconnection)
        asyncio.create_task(self.lose(connection))

    def on_disconnection(self, reason):
        say(f"disconnected: {reason}")
        self.connection = None
        asyncio.create_task(self.advertise())

    async def lose(self, connection):
        await asyncio.sleep(UP_S)
        if self.losses < LOSSES and self.connection is connection:
            self.losses += 1
            say("goes out of range")
            await connection.disconnect()

    async def measure(self):
        index = 0
        while True:
            await asyncio.sleep(PERIOD_S)
            if self.connection is not None:
                smo2, before = (round(532 + 150 * math.sin(i / 20)) for i in (index, index - 1))
                count, thb = (1739 + index) % 32768, 1217 + index % 7
                value = struct.pack("<HHHHB", count, smo2, before, thb, 0)
                self.sent.append(f"{value.hex()} {count} {smo2} {thb}")
                index += 1
                await self.device.notify_subscribers(self.data, value)


BEGAN = time.monotonic()


def say(words):
    print(f"{time.monotonic() - BEGAN:7.1f} sensor: {words}", flush=True)


async def run(command):
    air = Air()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    transport = await open_tcp_server_transport_with_socket(listener)
    host = HostController("host", host_source=transport.source, host_sink=transport.sink, link=air, public_address="F0:F1:F2:F3:F4:F5")
    # Legacy reports, and no list of identities, which it does not keep.
    host.le_features &= ~(hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LL_PRIVACY)
    moxy = Moxy(air)
    await moxy.start()
    measuring = asyncio.create_task(moxy.measure())
    machine = await asyncio.create_subprocess_exec(
        *command, "-serial", f"tcp:127.0.0.1:{port}",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    lines = []
    try:
        async with asyncio.timeout(LIMIT_S):
            async for line in machine.stdout:
                line = line.decode(errors="replace").rstrip()
                lines.append(line)
                if " value " not in line:
                    print(f"{time.monotonic() - BEGAN:7.1f} {line}", flush=True)
            await machine.wait()
    except TimeoutError:
        print(f"not done within {LIMIT_S} s")
    finally:
        if machine.returncode is None:
            machine.kill()
            await machine.wait()
        measuring.cancel()
    return lines, moxy


def judge(lines, moxy):
    """How many values came, and what is wrong, in words."""
    wrong = []
    if "STATUS 0" not in lines:
        wrong.append("the driver did not come to its end well")
    if moxy.losses != LOSSES:
        wrong.append(f"{moxy.losses} losses instead of {LOSSES}")
    text = "\n".join(lines)
    if not re.search(r"bluetoothd is killed(.|\n)*NoService(.|\n)*Ok(.|\n)* value ", text):
        wrong.append("no values after bluetoothd was killed and came back")
    # After the losses the driver leaves and begins again, and loses bluetoothd.
    links, losses = LOSSES + 3, LOSSES + 1
    for what, least in [("Seen {", 1), ("Connected {", links), ("Subscribed {", links), ("Disconnected {", losses)]:
        # "Disconnected" ends as "Connected" does not begin.
        found = len(re.findall(r"(?<![A-Za-z])" + re.escape(what), text))
        if found < least:
            wrong.append(f"{what[:-2]}: {found} instead of {least} or more")
    if f"percent: {BATTERY} " not in text:
        wrong.append("no battery level, or another")
    came = 0
    position = -1
    for line in lines:
        if "Connected {" in line and "Disconnected {" not in line:
            fresh = True
        if " value " not in line:
            continue
        value = line.split(" value ")[1]
        try:
            found = moxy.sent.index(value, position + 1)
        except ValueError:
            wrong.append(f"{value} was not sent, or came twice")
            break
        if not fresh and found != position + 1:
            wrong.append(f"{found - position - 1} values are missing before {value}")
        position, fresh, came = found, False, came + 1
    return came, wrong


def planted(lines, moxy):
    """A judge that finds nothing has to find what is put there: a value that is another, one that is missing."""
    values = [i for i, line in enumerate(lines) if " value " in line]
    middle = values[len(values) // 4]
    # Within a link, and not its first.
    while middle - 1 not in values or middle + 1 not in values:
        middle += 1
    other = lines[:middle] + [lines[middle].replace(" value ", " value 00")] + lines[middle + 1:]
    missing = lines[:middle] + lines[middle + 1:]
    return [name for name, with_it in [("a wrong value", other), ("a missing value", missing)] if not judge(with_it, moxy)[1]]


def main():
    lines, moxy = asyncio.run(run(sys.argv[1:]))
    came, wrong = judge(lines, moxy)
    print(f"{came} values came of {len(moxy.sent)} sent, {moxy.losses} losses and a service killed")
    if not wrong:
        wrong = [f"{what} is not noticed" for what in planted(lines, moxy)]
    for words in wrong:
        print(f"FAILED: {words}")
    sys.exit(1 if wrong else 0)


main()
