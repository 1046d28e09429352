"""Pixels of a PNG, with nothing but Python, for scripts that look at what `sling` drew."""

import zlib


def rows(path):
    """Width, height and rows of the first frame of a PNG: each row is bytes as stored, filters undone."""
    data = path.read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"{path} is no PNG")
    at, packed, head = 8, b"", None
    while at < len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IHDR":
            head = data[at + 8 : at + 8 + length]
        elif kind == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    width, height, depth, colour = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big"), head[8], head[9]
    bits = depth * {0: 1, 2: 3, 3: 1}[colour]
    stride, step = (width * bits + 7) // 8, max(1, bits // 8)
    raw, found, above = zlib.decompress(packed), [], bytes(stride)
    for y in range(height):
        kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        for x in range(stride):
            left, up = row[x - step] if x >= step else 0, above[x]
            corner = above[x - step] if x >= step else 0
            nearest = min((abs(left + up - corner - it), i) for i, it in enumerate((left, up, corner)))[1]
            row[x] = (row[x] + (0, left, up, (left + up) // 2, (left, up, corner)[nearest])[kind]) & 255
        above = bytes(row)
        found.append(above)
    return width, height, found
