"""Three independent readers of FIT files, brought to one shape.

A record is a dict of field name to number: `timestamp` in seconds since 1970, native fields by their profile name,
developer fields by the name that their description gives. A field that is not in a record, or that holds FIT's
*invalid*, is not in the dict. Laps and sessions likewise, their arrays as lists.
"""

import datetime

import fitdecode
import fitparse
from garmin_fit_sdk import Decoder, Stream

KINDS = ("record", "lap", "session", "event")


def plain(value):
    """A value as plain numbers; None for what says nothing."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        return int(value.timestamp())
    if isinstance(value, (list, tuple)):
        values = [plain(item) for item in value]
        return None if all(item is None for item in values) else values
    if isinstance(value, float) and value != value:
        return None
    return value


def put(message, name, value):
    value = plain(value)
    if value is not None and name is not None:
        message[name] = value


def by_fitdecode(path):
    found = {kind: [] for kind in KINDS}
    with fitdecode.FitReader(path, check_crc=fitdecode.CrcCheck.RAISE) as reader:
        for frame in reader:
            if isinstance(frame, fitdecode.FitDataMessage) and frame.name in KINDS:
                message = {}
                for field in frame.fields:
                    put(message, field.name, field.value)
                found[frame.name].append(message)
    return found


def by_fitparse(path):
    found = {kind: [] for kind in KINDS}
    with fitparse.FitFile(path, check_crc=True) as file:
        for frame in file.get_messages():
            if frame.name in KINDS:
                message = {}
                for field in frame.fields:
                    put(message, field.name, field.value)
                found[frame.name].append(message)
    return found


def by_garmin(path):
    # check_integrity() spoils the decoder for read(): a new one each.
    if not Decoder(Stream.from_file(path)).check_integrity():
        raise ValueError(f"{path}: garmin-fit-sdk finds the file damaged")
    messages, errors = Decoder(Stream.from_file(path)).read()
    if errors:
        raise ValueError(f"{path}: garmin-fit-sdk: {errors}")
    names = {d["key"]: d["field_name"] for d in messages.get("field_description_mesgs", [])}
    found = {kind: [] for kind in KINDS}
    for kind in KINDS:
        for frame in messages.get(f"{kind}_mesgs", []):
            message = {}
            for name, value in frame.items():
                if name == "developer_fields":
                    for key, developer_value in value.items():
                        put(message, names[key], developer_value)
                elif isinstance(name, str):
                    put(message, name, value)
            found[kind].append(message)
    return found


READERS = {
    "fitdecode": by_fitdecode,
    "fitparse": by_fitparse,
    "garmin-fit-sdk": by_garmin,
}
