#!/usr/bin/env python3
"""Makes a UF2 file for a bootloader that shows itself as a drive: uf2.py IMAGE.hex IMAGE.uf2

The format: https://github.com/microsoft/uf2. Blocks of 256 bytes at multiples of 256, the gaps filled as erased flash is.
"""

import struct
import sys

FAMILY = 0xADA52840  # nRF52840, as Adafruit's bootloader names it
HAS_FAMILY = 0x2000
MAGIC = 0x0A324655, 0x9E5D5157, 0x0AB16F30
PAYLOAD = 256


def read_hex(lines):
    """The bytes of an Intel hex file, as {address: byte}."""
    flash, base = {}, 0
    for number, line in enumerate(lines, 1):
        record = bytes.fromhex(line.strip().removeprefix(":"))
        if sum(record) & 0xFF or len(record) != record[0] + 5:
            sys.exit(f"uf2.py: line {number} is not one of an Intel hex file")
        address, kind, data = int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        if kind == 0:
            flash.update((base + address + i, byte) for i, byte in enumerate(data))
        elif kind in (2, 4):
            base = int.from_bytes(data, "big") << (4 if kind == 2 else 16)
    return flash


def blocks(flash):
    starts = sorted({address - address % PAYLOAD for address in flash})
    for number, start in enumerate(starts):
        payload = bytes(flash.get(start + i, 0xFF) for i in range(PAYLOAD))
        head = struct.pack("<8I", MAGIC[0], MAGIC[1], HAS_FAMILY, start, PAYLOAD, number, len(starts), FAMILY)
        yield head + payload.ljust(476, b"\0") + struct.pack("<I", MAGIC[2])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="ascii") as source:
        flash = read_hex(source)
    if not flash:
        sys.exit(f"uf2.py: {sys.argv[1]} holds nothing")
    with open(sys.argv[2], "wb") as target:
        target.writelines(blocks(flash))


main()
