"""Two simulated muscle oxygen sensors and a Bluetooth controller, for a host that connects over TCP.

    sensors.py [--fault NAME | --steady]

It listens on a free port of 127.0.0.1 for HCI packets as over a serial line (H4) and says on standard output, a line
each, what it does:

    port N                                        it listens
    sensor NAME ADDRESS PROFILE BATTERY           who is in the air
    up NAME LINK                                  the sensor was connected; links count from 0
    sent NAME LINK SMO2 THB VALUE                 a value is being sent: tenths of %, hundredths, the bytes
    down NAME LINK HOW                            the sensor hangs up, or is out of range and the link is lost
    silent                                        the controller will not answer any more
    noise                                         bytes that are no packet went to the host
    quiet                                         the sensors have sent their last value

Each sensor goes down twice and comes back; when each has also sent all the values of its third link, the controller
falls silent. The next host that connects meets the same silence, the one after it a working controller. The end of
standard input ends it. Names are written with _ for blanks.

With --steady nothing happens by itself: the sensors send some values a second until a line of standard input says otherwise.

    lose NAME, back NAME  the sensor is out of range, is in the air again
    silent                the controller falls silent, as above
    cut                   so it does, in the middle of a packet
    noise BYTES           the controller sends these too, in hexadecimal, and goes on
    quiet                 the sensors send nothing any more

With --fault it does what the host's test has to notice:

    drop, twice, swap     a value is not sent, sent two times, sent after the one that follows it
    garble, meaning       a byte of a value, its SmO2, is another than said
    battery, nameless     the charge is another than said, a sensor does not send its name
    away                  a lost sensor stays away
    talks                 the controller is said to be silent and is not

Bumble's controller and link are for Bumble's own host; what a real controller does besides is in Air and Controller.
"""

import argparse
import asyncio
import logging
import os
import struct
import sys

from bumble import hci, ll
from bumble.controller import Controller as BumbleController
from bumble.core import UUID, AdvertisingData, PhysicalTransport
from bumble.device import Device
from bumble.gatt import Characteristic, Service
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink, StreamPacketSource

VALUES_A_LINK = 20
LOSSES = 2
AWAY_S = 0.2
EVERY_S = 0.02
STEADY_S = 0.2
# Resets after which a controller that fell silent answers: the next changes nothing, the one after it does.
SILENT_RESETS = 2


def say(*words):
    print(*words, flush=True)


class Air(LocalLink):
    """Labels what is sent on a link with the address that the peer knows the sender by, not with its random one."""

    def send_acl_data(self, sender_controller, destination_address, transport, data):
        receiver = self.find_le_controller(destination_address)
        link = sender_controller.le_connections.get(destination_address)
        if transport == PhysicalTransport.LE and receiver and link:
            loop = asyncio.get_running_loop()
            loop.call_soon(receiver.on_link_acl_data, link.self_address, transport, data)


class Controller(BumbleController):
    """Advertises and connects in the first way only, has one link to a peer, forgets its links on reset, cancels, and
    can fall silent."""

    le_features = BumbleController.le_features & ~(
        hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LL_PRIVACY
    )
    # Silent until it is reset so many times.
    silent = 0

    def on_packet(self, packet):
        if self.silent and packet == bytes(hci.HCI_Reset_Command()):
            self.silent -= 1
        if not self.silent:
            super().on_packet(packet)

    def send_hci_packet(self, packet):
        if not self.silent:
            super().send_hci_packet(packet)

    def on_hci_reset_command(self, command):
        for link in list(self.le_connections.values()):
            link.send_ll_control_pdu(ll.TerminateInd(hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR))
        self.le_connections.clear()
        self.le_scan_enable = False
        self.pending_le_connection = None
        return super().on_hci_reset_command(command)

    def on_hci_le_create_connection_command(self, command):
        if command.peer_address in self.le_connections:
            self._send_hci_command_status(hci.HCI_ErrorCode.CONNECTION_ALREADY_EXISTS_ERROR, command.op_code)
        else:
            super().on_hci_le_create_connection_command(command)

    def on_hci_le_create_connection_cancel_command(self, command):
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        cancelled = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address.address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        # After the answer to the command.
        asyncio.get_running_loop().call_soon(self.send_hci_packet, cancelled)
        return super().on_hci_le_create_connection_cancel_command(command)

    def on_advertising_pdu(self, pdu):
        """As Bumble's, but the answer to a scan request is the advertiser's own."""
        advertiser = self.link.find_le_controller(pdu.advertiser_address)
        report = hci.HCI_LE_Advertising_Report_Event
        kinds = [(report.EventType.ADV_IND, pdu.data)]
        if self.le_scan_type and advertiser:
            kinds.append((report.EventType.SCAN_RSP, advertiser.le_legacy_advertiser.scan_response_data))
        for kind, data in kinds if self.le_scan_enable else []:
            one = report.Report(
                event_type=kind,
                address_type=pdu.advertiser_address.address_type,
                address=pdu.advertiser_address,
                data=data,
                rssi=-50,
            )
            self.send_hci_packet(report([one]))
        wanted = self.pending_le_connection
        if wanted and wanted.peer_address == pdu.advertiser_address:
            self.create_le_connection(pdu.advertiser_address)


class Port:
    """The controller's end of its serial line, on which it hears and answers the host that connected last."""

    def __init__(self):
        self.source = StreamPacketSource()
        self.line = None
        # Called when half of a packet is sent, instead of sending the rest.
        self.cut = None

    def on_packet(self, packet):
        if self.cut:
            packet, cut, self.cut = packet[: len(packet) // 2], self.cut, None
            cut()
        if self.line:
            self.line.transport.write(packet)


class Line(asyncio.Protocol):
    """One host's connection."""

    def __init__(self, port):
        self.port = port

    def connection_made(self, transport):
        self.transport = transport
        self.port.line = self
        self.port.source.parser.reset()

    def data_received(self, data):
        if self.port.line is self:
            self.port.source.data_received(data)

    def connection_lost(self, _error):
        if self.port.line is self:
            self.port.line = None


class Sensor:
    """A sensor that is connected, sends its values, and is lost LOSSES times, or when it is told to."""

    def __init__(
        self, air, controller, options, name, address, profile, service, data, battery, value_of, hangs_up_first
    ):
        self.air_controller, self.name, self.value_of = controller, name, value_of
        self.fault, self.steady = options.fault, options.steady
        fault = self.fault
        self.every_s = STEADY_S if self.steady else EVERY_S
        self.away = self.quiet = False
        self.hangs_up_first = hangs_up_first
        self.links = 0
        self.count = 0
        self.finished = asyncio.Event()
        address = hci.Address(address)
        self.public = address.is_public
        own = Controller(name, link=air, public_address=address if self.public else None)
        self.controller = own
        self.device = Device(name=name, address=address, host=Host(own, AsyncPipeSink(own)))
        self.data = Characteristic(UUID(data), Characteristic.Properties.NOTIFY, Characteristic.READABLE, bytes(1))
        self.data.on(Characteristic.EVENT_SUBSCRIPTION, self.on_subscription)
        charge = bytes([battery - (fault == "battery")])
        level = Characteristic(
            UUID("2A19"), Characteristic.Properties.READ, Characteristic.READABLE, charge
        )
        self.device.add_services([Service(UUID(service), [self.data]), Service(UUID("180F"), [level])])
        self.device.on(Device.EVENT_CONNECTION, self.on_connection)
        self.device.advertising_data = bytes(
            AdvertisingData(
                [
                    (AdvertisingData.FLAGS, bytes([0x06])),
                    (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, UUID(service).to_bytes()),
                ]
            )
        )
        shown = b"" if fault == "nameless" and self.public else name.encode()
        self.device.scan_response_data = bytes(AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, shown)]))
        self.tag = name.replace(" ", "_")
        say("sensor", self.tag, address.to_string(False), profile, battery)

    async def start(self):
        await self.device.power_on()
        await self.advertise()

    async def advertise(self):
        if self.device.legacy_advertiser:
            await self.device.stop_advertising()
        await self.device.start_advertising(
            own_address_type=hci.OwnAddressType.PUBLIC if self.public else hci.OwnAddressType.RANDOM,
            advertising_interval_min=30,
            advertising_interval_max=30,
            advertising_data=self.device.advertising_data,
            scan_response_data=self.device.scan_response_data,
        )

    def on_connection(self, connection):
        link = self.links
        self.links += 1
        say("up", self.tag, link)
        connection.on(connection.EVENT_DISCONNECTION, lambda _reason: asyncio.ensure_future(self.come_back()))

    async def come_back(self):
        if self.fault == "away":
            return
        await asyncio.sleep(AWAY_S)
        if not self.away:
            await self.advertise()

    def lose(self):
        self.away = True
        say("down", self.tag, self.links - 1, "out_of_range")
        self.go_out_of_range()

    async def back(self):
        self.away = False
        await self.advertise()

    def on_subscription(self, connection, notify, _indicate):
        if notify:
            asyncio.ensure_future(self.send_values(connection, self.links - 1))

    async def send_values(self, connection, link):
        held = []
        for n in range(VALUES_A_LINK if link <= LOSSES and not self.steady else 1_000_000):
            await asyncio.sleep(self.every_s)
            if connection.handle not in self.device.connections or self.quiet:
                return
            value, smo2, thb = self.value_of(self.count)
            self.count += 1
            # The fault is in the middle of a link in which all goes well otherwise.
            fault = self.fault if link == 1 and n in (10, 11) else None
            say("sent", self.tag, link, smo2 + (fault == "meaning"), thb, value.hex())
            values = [value]
            if fault == "drop" and n == 10:
                values = []
            if fault == "twice" and n == 10:
                values = [value, value]
            if fault == "garble" and n == 10:
                values = [value[:4] + bytes([value[4] ^ 1]) + value[5:]]
            if fault == "swap":
                held.insert(0, value)
                values = held if n == 11 else []
            for value in values:
                await self.device.gatt_server.notify_subscriber(connection, self.data, value)
        await asyncio.sleep(EVERY_S)
        if link == LOSSES:
            self.finished.set()
        elif (link % 2 == 0) == self.hangs_up_first:
            say("down", self.tag, link, "hung_up")
            await connection.disconnect()
        else:
            say("down", self.tag, link, "out_of_range")
            self.go_out_of_range()

    def go_out_of_range(self):
        """Both sides notice only that they hear nothing of each other; here at once, in the air after seconds."""
        for one in (self.controller, self.air_controller):
            for link in list(one.le_connections.values()):
                ends = {link.self_address, link.peer_address}
                if one is self.controller or ends & self.addresses():
                    one.on_le_disconnected(link, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def addresses(self):
        return {self.controller.public_address if self.public else self.controller.random_address}


def swing(count, span):
    """Up and down by one a value, as no muscle does, but none of these steps is a leap."""
    return abs(span - count % (2 * span))


def moxy(count):
    smo2, previous, thb = 533 - swing(count, 40), 533 - swing(count - 1, 40), 1216 + count % 50
    return struct.pack("<HHHHB", count & 0x7FFF, smo2, previous, thb, 0), smo2, thb


def train_red(count):
    """The sensor has no count; the quality bits, whose meaning is not public, serve as one."""
    smo2, half = 655 - swing(count, 60), 10.25 + count % 8
    return struct.pack("<fffBI", smo2 / 10, half, half, 1, count), smo2, round(200 * half)


async def main():
    parser = argparse.ArgumentParser()
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--fault", choices=["drop", "twice", "swap", "garble", "meaning", "away", "talks", "battery", "nameless"]
    )
    how.add_argument("--steady", action="store_true")
    options = parser.parse_args()

    loop = asyncio.get_running_loop()
    port = Port()
    server = await loop.create_server(lambda: Line(port), "127.0.0.1", 0)
    air = Air()
    radio = Controller(
        "radio", host_source=port.source, host_sink=port, link=air, public_address="3C:00:00:00:00:01"
    )
    sensors = [
        Sensor(
            air, radio, options, "Moxy5 12345", "C4:11:22:33:44:55", "moxy",
            "6404D801-4CB9-11E8-B566-0800200C9A66", "6404D804-4CB9-11E8-B566-0800200C9A66", 87, moxy, True,
        ),
        Sensor(
            air, radio, options, "Train.Red FYER 0047", "C8:AA:BB:CC:DD:EE/P", "train_red",
            "00002200-D578-4741-9B5B-7C64E958CFC6", "00002201-D578-4741-9B5B-7C64E958CFC6", 64, train_red, False,
        ),
    ]
    for sensor in sensors:
        await sensor.start()
    say("port", server.sockets[0].getsockname()[1])

    async def silence():
        for sensor in sensors:
            await sensor.finished.wait()
        # What was sent is on its way.
        await asyncio.sleep(0.1)
        fall_silent(0 if options.fault == "talks" else SILENT_RESETS)

    def fall_silent(resets=SILENT_RESETS):
        radio.silent = resets
        say("silent")

    if not options.steady:
        _silence = asyncio.ensure_future(silence())
    named = {sensor.tag: sensor for sensor in sensors}
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        match line.split():
            case ["lose", name]:
                named[name].lose()
            case ["back", name]:
                await named[name].back()
            case ["silent"]:
                fall_silent()
            case ["cut"]:
                port.cut = fall_silent
            case ["noise", text]:
                say("noise")
                port.line.transport.write(bytes.fromhex(text))
            case ["quiet"]:
                for sensor in sensors:
                    sensor.quiet = True
                say("quiet")
            case _:
                sys.exit(f"sensors.py: {line!r} is no order")
    # In the middle of whatever the sensors are doing.
    os._exit(0)


# What arrives for a link that has just been lost is no news here.
logging.getLogger("bumble").setLevel(logging.ERROR)
asyncio.run(main())
