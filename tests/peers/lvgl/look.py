"""Is it the same page? LVGL's picture against ours, without the chart's lines, which the two draw of different numbers.

    look.py PAGE.pgm GOLDEN.png BESIDE.png

Letters of the two do not fall on the same pixels: their outlines are hinted by different programs. So ink is looked for
within a few pixels, in both directions. Also writes both pictures side by side, for the eye.
"""

import struct
import sys
import zlib

WIDTH, HEIGHT = 240, 400
NEAR = 3
CHART_ROWS = range(219, 359)
AT_LEAST = 0.9
# A PNG's kinds of pixels.
GREY, RGB, PALETTE = 0, 2, 3


def unfilter(raw, stride, step):
    """The rows of a PNG's unpacked data."""
    rows, above = [], bytes(stride)
    for at in range(0, len(raw), stride + 1):
        kind, row = raw[at], bytearray(raw[at + 1 : at + 1 + stride])
        for i in range(stride):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            guess = left + above[i] - corner
            paeth = min((left, above[i], corner), key=lambda it: abs(guess - it))
            row[i] = (row[i] + (0, left, above[i], (left + above[i]) // 2, paeth)[kind]) & 0xFF
        rows.append(bytes(row))
        above = row
    return rows


def read_png(path):
    """Rows of booleans, true for ink, of a PNG: grey or a palette of 1 to 8 bits a pixel, or RGB of 8 a channel."""
    data = open(path, "rb").read()
    at, packed, header, palette = 8, b"", None, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        if kind == b"PLTE":
            palette = body
        if kind == b"IDAT":
            packed += body
        at += length + 12
    width, height, bits, colour, _, _, is_interlaced = header
    known = bits in (1, 2, 4, 8) if colour in (GREY, PALETTE) else (bits, colour) == (8, RGB)
    assert (width, height) == (WIDTH, HEIGHT) and known and not is_interlaced, f"{path}: {header}"
    channels = 3 if colour == RGB else 1
    step = max(channels * bits // 8, 1)
    rows = unfilter(zlib.decompress(packed), (width * channels * bits + 7) // 8, step)
    most = (1 << bits) - 1

    def grey(row, x):
        """From 0 to 255. Of a colour, its green tells."""
        if colour == RGB:
            return row[x * 3 + 1]
        bit = x * bits
        number = row[bit // 8] >> (8 - bits - bit % 8) & most
        return palette[number * 3 + 1] if colour == PALETTE else number * 255 // most

    return [[grey(row, x) < 128 for x in range(width)] for row in rows]


def read_pnm(path):
    """The same of a P4 or P5, and its greys as they are."""
    data = open(path, "rb").read()
    if data.startswith(b"P4\n240 400\n"):
        bits = data[11:]
        greys = [0 if bits[i // 8] >> (7 - i % 8) & 1 else 255 for i in range(WIDTH * HEIGHT)]
    else:
        assert data.startswith(b"P5\n240 400\n255\n"), data[:16]
        greys = list(data[15:])
    assert len(greys) == WIDTH * HEIGHT
    rows = [greys[y * WIDTH : (y + 1) * WIDTH] for y in range(HEIGHT)]
    return [[grey < 128 for grey in row] for row in rows], rows


def share_found(of, within):
    """Of the ink of one picture, the share that has ink of the other nearby."""
    near = range(-NEAR, NEAR + 1)
    found = total = 0
    for y in (y for y in range(HEIGHT) if y not in CHART_ROWS):
        for x in range(WIDTH):
            if of[y][x]:
                total += 1
                found += any(
                    within[y + dy][x + dx]
                    for dy in near
                    for dx in near
                    if 0 <= y + dy < HEIGHT and 0 <= x + dx < WIDTH and y + dy not in CHART_ROWS
                )
    return found / max(total, 1)


def write_png(path, rows):
    """A grey PNG."""
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    with open(path, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def main(page, golden, beside):
    theirs, greys = read_pnm(page)
    ours = read_png(golden)
    grey_of = lambda row: [0 if ink else 255 for ink in row]
    write_png(beside, [theirs_row + [128] * 8 + grey_of(ours_row) for theirs_row, ours_row in zip(greys, ours)])
    shares = share_found(ours, theirs), share_found(theirs, ours)
    print(f"{page}: {shares[0]:.1%} of our ink is near LVGL's, {shares[1]:.1%} of LVGL's near ours; see {beside}")
    if min(shares) < AT_LEAST or not any(any(theirs[y]) for y in CHART_ROWS):
        sys.exit("FAILED: this is not the same page")


if __name__ == "__main__":
    main(*sys.argv[1:])
