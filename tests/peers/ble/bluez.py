"""A double of bluetoothd on a private bus: an adapter, and the sensors that are in the air around it.

A template of python-dbusmock, on top of its `bluez5`. What it adds is what a central sees: peers appear while the
adapter discovers, a connection brings up services with characteristics and descriptors some time later, notifications
change `Value` by a timer. Like bluetoothd it switches notifications on again by itself after a reconnect and then answers
StartNotify with InProgress, hides a Battery service (of one sensor) and gives `org.bluez.Battery1` instead.

Everything that can go wrong is a method of `sling.Rig` at `/`; so is the list of the values that were sent, with what they
mean: `BYTES COUNT SMO2 THB`, in tenths of a percent and hundredths of the sensor's unit.
"""

import math
import struct

import dbus
from dbusmock import OBJECT_MANAGER_IFACE, mockobject
from dbusmock.templates import bluez5
from dbusmock.templates.bluez5 import AddAdapter  # noqa: F401: a template's methods are found in its module
from gi.repository import GLib

BUS_NAME = bluez5.BUS_NAME
MAIN_OBJ = bluez5.MAIN_OBJ
SYSTEM_BUS = True
IS_OBJECT_MANAGER = True

RIG = "sling.Rig"
ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
DESCRIPTOR = "org.bluez.GattDescriptor1"
BATTERY = "org.bluez.Battery1"

HCI = "/org/bluez/hci0"

ADVERTISE_MS = 200
RESOLVE_MS = 150

CCCD = "00002902-0000-1000-8000-00805f9b34fb"
BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
MOXY_SERVICE = "6404d801-4cb9-11e8-b566-0800200c9a66"
MOXY_DATA = "6404d804-4cb9-11e8-b566-0800200c9a66"
TRAIN_RED_SERVICE = "00002200-d578-4741-9b5b-7c64e958cfc6"
TRAIN_RED_DATA = "00002201-d578-4741-9b5b-7c64e958cfc6"

# Taken from a real Moxy: 1739 to 1743.
MOXY_CAPTURED = [
    (bytes.fromhex("cb0615021602c00400"), 1739, 533, 1216),
    (bytes.fromhex("cc0612021202c10400"), 1740, 530, 1217),
    (bytes.fromhex("cd0612021202c10400"), 1741, 530, 1217),
    (bytes.fromhex("ce0613021202c10400"), 1742, 531, 1217),
    (bytes.fromhex("cf0614021302c10400"), 1743, 532, 1217),
]


def moxy_value(index):
    """The captured values, then more of their kind."""
    if index < len(MOXY_CAPTURED):
        return MOXY_CAPTURED[index]
    smo2, before = (round(532 + 150 * math.sin(i / 20)) for i in (index, index - 1))
    count, thb = (1739 + index) % 32768, 1217 + index % 7
    return struct.pack("<HHHHB", count, smo2, before, thb, 0), count, smo2, thb


def train_red_value(index):
    """Quarters, which a float holds exactly; the quality word counts, so that no two values are the same."""
    quarters = 200 + index % 100
    tsi, o2hb, hhb = quarters / 4, 40.25 + index % 8, 21.25
    # To the nearest tenth, halves away from zero.
    return struct.pack("<fffBI", tsi, o2hb, hhb, 1, index), index, math.floor(quarters * 2.5 + 0.5), round(100 * (o2hb + hhb))


class Sensor:
    """One peer in the air; it outlives the objects that stand for it on the bus."""

    def __init__(self, address, name, service, data, period_ms, value, battery):
        self.address, self.name, self.service, self.data = address, name, service, data
        self.period_ms, self.value, self.battery = period_ms, value, battery
        self.path = HCI + "/dev_" + address.replace(":", "_")
        self.in_air = True
        self.failing_connects = 0
        self.stalling_connects = 0
        self.connected = False
        # How often it connected: what was begun in an earlier link is not carried on in a later one.
        self.link = 0
        # Somebody asked for notifications: bluetoothd remembers over a loss.
        self.wanted = False
        self.timer = None
        self.index = 0
        self.lie_at = None
        self.sent = []
        self.rssi = -60

    def object(self):
        return mockobject.objects.get(self.path)


MOXY = Sensor("D0:11:22:33:16:2E", "Moxy5 1234", MOXY_SERVICE, MOXY_DATA, 100, moxy_value, 87)
TRAIN_RED = Sensor("E4:55:66:77:88:99", "Train.Red FYER 0047", TRAIN_RED_SERVICE, TRAIN_RED_DATA, 50, train_red_value, 64)
# Nothing of ours: it must not be reported.
PHONE = Sensor("C0:FF:EE:00:00:01", "A phone", BATTERY_SERVICE, None, 0, None, 10)
SENSORS = {}


def emit(interface, signal, signature, arguments):
    mockobject.objects["/"].EmitSignal(interface, signal, signature, arguments)


def adapter():
    return mockobject.objects.get(HCI)


def load(mock, parameters):
    # Entered only after this otherwise, and the adapter is announced through it.
    mockobject.objects[MAIN_OBJ] = mock
    bluez5.load(mock, parameters)
    for name in parameters.get("sensors", ["moxy"]):
        sensor = {"moxy": MOXY, "train_red": TRAIN_RED}[name]
        SENSORS[sensor.address] = sensor
    SENSORS[PHONE.address] = PHONE
    if parameters.get("adapter", True):
        plug(mock, parameters.get("powered", True))
    GLib.timeout_add(ADVERTISE_MS, advertise)


def plug(mock, powered):
    mock.AddAdapter("hci0", "rig")
    hci = adapter()
    hci.props[ADAPTER]["Powered"] = dbus.Boolean(powered)
    hci.AddMethods(ADAPTER, [
        ("StartDiscovery", "", "", start_discovery),
        ("StopDiscovery", "", "", stop_discovery),
        ("SetDiscoveryFilter", "a{sv}", "", set_discovery_filter),
    ])


def error(name, text):
    return dbus.exceptions.DBusException(text, name="org.bluez.Error." + name)


# --- The adapter ---


def start_discovery(hci):
    if not hci.props[ADAPTER]["Powered"]:
        raise error("NotReady", "Resource Not Ready")
    if hci.props[ADAPTER]["Discovering"]:
        raise error("InProgress", "Operation already in progress")
    hci.UpdateProperties(ADAPTER, {"Discovering": dbus.Boolean(True)})


def stop_discovery(hci):
    if not hci.props[ADAPTER]["Discovering"]:
        raise error("Failed", "No discovery started")
    hci.UpdateProperties(ADAPTER, {"Discovering": dbus.Boolean(False)})


def set_discovery_filter(hci, filter_):
    del hci, filter_  # Others' filters let other peers through: the centre has to look for itself.


def advertise():
    hci = adapter()
    if hci is not None and hci.props[ADAPTER]["Discovering"]:
        for sensor in SENSORS.values():
            if sensor.in_air and not sensor.connected:
                heard(sensor)
    return True


def heard(sensor):
    sensor.rssi = -61 if sensor.rssi == -60 else -60
    device = sensor.object()
    if device is not None:
        if "RSSI" in device.props[DEVICE]:
            device.UpdateProperties(DEVICE, {"RSSI": dbus.Int16(sensor.rssi)})
        return
    properties = {
        "Address": dbus.String(sensor.address),
        "AddressType": dbus.String("random"),
        "Name": dbus.String(sensor.name),
        "Alias": dbus.String(sensor.name),
        "Adapter": dbus.ObjectPath(HCI),
        "UUIDs": dbus.Array([sensor.service], signature="s"),
        "RSSI": dbus.Int16(sensor.rssi),
        "Paired": dbus.Boolean(False),
        "Bonded": dbus.Boolean(False),
        "Connected": dbus.Boolean(False),
        "Trusted": dbus.Boolean(False),
        "Blocked": dbus.Boolean(False),
        "LegacyPairing": dbus.Boolean(False),
        "ServicesResolved": dbus.Boolean(False),
    }
    mockobject.objects["/"].AddObject(sensor.path, DEVICE, properties, [
        ("Connect", "", "", lambda _: connect(sensor)),
        ("Disconnect", "", "", lambda _: disconnect(sensor)),
    ])
    emit(OBJECT_MANAGER_IFACE, "InterfacesAdded", "oa{sa{sv}}", [dbus.ObjectPath(sensor.path), {DEVICE: properties}])


# --- A link ---


def connect(sensor):
    if sensor.connected:
        raise error("AlreadyConnected", "Already Connected")
    if sensor.failing_connects > 0:
        sensor.failing_connects -= 1
        raise error("Failed", "le-connection-abort-by-local")
    if not sensor.in_air:
        raise error("Failed", "Software caused connection abort")
    sensor.connected = True
    sensor.link += 1
    sensor.object().UpdateProperties(DEVICE, {"Connected": dbus.Boolean(True)})
    if sensor.stalling_connects > 0:
        sensor.stalling_connects -= 1
    else:
        GLib.timeout_add(RESOLVE_MS, resolve, sensor, sensor.link)


def disconnect(sensor):
    if not sensor.connected:
        raise error("NotConnected", "Not Connected")
    # Asked for by the only client there is: its wish for notifications ends with it.
    sensor.wanted = False
    down(sensor)


def down(sensor):
    if not sensor.connected:
        return
    sensor.connected = False
    quiet(sensor)
    if sensor.object() is not None:
        sensor.object().UpdateProperties(DEVICE, {"Connected": dbus.Boolean(False), "ServicesResolved": dbus.Boolean(False)})


def resolve(sensor, link):
    if sensor.connected and sensor.link == link and sensor.object() is not None:
        if sensor.path + "/service0010" not in mockobject.objects:
            add_gatt(sensor)
        sensor.object().UpdateProperties(DEVICE, {"ServicesResolved": dbus.Boolean(True)})
        if sensor.wanted:
            speak(sensor)
    return False


def add_gatt(sensor):
    data = add_characteristic(sensor.path + "/service0010", sensor.service, "0011", sensor.data, ["notify"])
    data.AddMethods(CHARACTERISTIC, [
        ("StartNotify", "", "", lambda _: start_notify(sensor)),
        ("StopNotify", "", "", lambda _: stop_notify(sensor)),
    ])
    if sensor is MOXY:
        level = add_characteristic(sensor.path + "/service0020", BATTERY_SERVICE, "0021", BATTERY_LEVEL, ["read", "notify"])
        level.AddMethods(CHARACTERISTIC, [
            ("ReadValue", "a{sv}", "ay", lambda *_: dbus.Array([dbus.Byte(sensor.battery)], signature="y")),
        ])
    else:
        sensor.object().AddMethods(BATTERY, [nothing()])
        sensor.object().AddProperties(BATTERY, {"Percentage": dbus.Byte(sensor.battery)})


def nothing():
    """A method, so that the interface stands where a reader of introspection looks for it: before the child nodes."""
    return ("Nothing", "", "", "")


def add_characteristic(service_path, service_uuid, handle, uuid, flags):
    root = mockobject.objects["/"]
    root.AddObject(service_path, SERVICE, {
        "UUID": dbus.String(service_uuid),
        "Primary": dbus.Boolean(True),
    }, [nothing()])
    path = service_path + "/char" + handle
    root.AddObject(path, CHARACTERISTIC, {
        "UUID": dbus.String(uuid),
        "Service": dbus.ObjectPath(service_path),
        "Flags": dbus.Array(flags, signature="s"),
        "Notifying": dbus.Boolean(False),
        "Value": dbus.Array([], signature="y"),
    }, [nothing()])
    root.AddObject(path + "/desc" + handle[:3] + "f", DESCRIPTOR, {
        "UUID": dbus.String(CCCD),
        "Characteristic": dbus.ObjectPath(path),
    }, [nothing()])
    return mockobject.objects[path]


# --- Values ---


def start_notify(sensor):
    if not sensor.connected:
        raise error("Failed", "Not connected")
    if sensor.wanted:
        raise error("InProgress", "In Progress")
    sensor.wanted = True
    speak(sensor)


def stop_notify(sensor):
    sensor.wanted = False
    quiet(sensor)


def speak(sensor):
    quiet(sensor)
    sensor.timer = GLib.timeout_add(sensor.period_ms, notify, sensor)


def quiet(sensor):
    if sensor.timer is not None:
        GLib.source_remove(sensor.timer)
        sensor.timer = None


def notify(sensor):
    value, count, smo2, thb = sensor.value(sensor.index)
    sensor.sent.append(f"{value.hex()} {count} {smo2} {thb}")
    if sensor.lie_at is not None and sensor.index >= sensor.lie_at:
        # Not what the list says.
        value = value[:2] + bytes([value[2] ^ 1]) + value[3:]
        sensor.lie_at = None
    sensor.index += 1
    characteristic = mockobject.objects[sensor.path + "/service0010/char0011"]
    characteristic.UpdateProperties(CHARACTERISTIC, {"Value": dbus.Array([dbus.Byte(b) for b in value], signature="y")})
    return True


# --- What can go wrong ---


@dbus.service.method(RIG, in_signature="s", out_signature="as")
def Sent(self, address):
    return dbus.Array(SENSORS[address].sent, signature="s")


@dbus.service.method(RIG, in_signature="s", out_signature="")
def Drop(self, address):
    """The link is lost."""
    down(SENSORS[address])


@dbus.service.method(RIG, in_signature="s", out_signature="")
def Vanish(self, address):
    """The sensor is gone, and the system forgets it; there is no word about the link."""
    sensor = SENSORS[address]
    sensor.in_air = sensor.connected = sensor.wanted = False
    quiet(sensor)
    for path in [path for path in list(mockobject.objects) if path == sensor.path or path.startswith(sensor.path + "/")]:
        mockobject.objects["/"].RemoveObject(path)
    emit(OBJECT_MANAGER_IFACE, "InterfacesRemoved", "oas", [dbus.ObjectPath(sensor.path), [DEVICE]])


@dbus.service.method(RIG, in_signature="s", out_signature="")
def Appear(self, address):
    SENSORS[address].in_air = True


@dbus.service.method(RIG, in_signature="su", out_signature="")
def FailConnects(self, address, times):
    """The next connections fail."""
    SENSORS[address].failing_connects = int(times)


@dbus.service.method(RIG, in_signature="su", out_signature="")
def StallConnects(self, address, times):
    """The next connections never come to know the services."""
    SENSORS[address].stalling_connects = int(times)


@dbus.service.method(RIG, in_signature="s", out_signature="")
def Lie(self, address):
    """One of the next values differs from what the list says."""
    SENSORS[address].lie_at = SENSORS[address].index + 3


@dbus.service.method(RIG, in_signature="b", out_signature="")
def Power(self, on):
    """The user switches the adapter."""
    for sensor in SENSORS.values():
        if not on:
            sensor.wanted = False
            down(sensor)
    adapter().UpdateProperties(ADAPTER, {"Powered": dbus.Boolean(on), "Discovering": dbus.Boolean(False)})


@dbus.service.method(RIG, in_signature="", out_signature="b")
def Powered(self):
    return adapter().props[ADAPTER]["Powered"]


@dbus.service.method(RIG, in_signature="", out_signature="b")
def Discovering(self):
    return adapter().props[ADAPTER]["Discovering"]


@dbus.service.method(RIG, in_signature="s", out_signature="b")
def Connected(self, address):
    return dbus.Boolean(SENSORS[address].connected)


@dbus.service.method(RIG, in_signature="", out_signature="")
def Plug(self):
    """An adapter is plugged in."""
    plug(mockobject.objects["/"], True)


@dbus.service.method(RIG, in_signature="", out_signature="")
def Unplug(self):
    """The adapter is pulled out: nobody is told of the links."""
    for sensor in SENSORS.values():
        sensor.connected = sensor.wanted = False
        quiet(sensor)
    for path in [path for path in list(mockobject.objects) if path.startswith(HCI)]:
        mockobject.objects["/"].RemoveObject(path)
    emit(OBJECT_MANAGER_IFACE, "InterfacesRemoved", "oas", [dbus.ObjectPath(HCI), [ADAPTER]])
