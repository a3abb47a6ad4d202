#!/usr/bin/env python3
"""Writes stress.json and stress-others.json: digits, and letters and scribbles, as hurried hands draw them. No model was
trained on them.

Another generator than make.py's and others.py's: every digit is a few marks that the pen passes, each set down somewhere else each time;
it shoots past the ends, leans, shakes, is sampled five to eight times a stroke or often, on a small or large part of
the pad. The shapes were drawn once and not changed for any model's answers.
"""

import json
import math
import random
from pathlib import Path

EACH = 40

# Strokes of smooth pieces, with a corner where one ends and the next begins; 1 wide and 1 high, y downwards.
SHAPES = {
    1: [
        [[[(0.5, 0), (0.5, 0.5), (0.5, 1)]]],
        [[[(0.2, 0.28), (0.35, 0.16), (0.5, 0)], [(0.5, 0), (0.5, 0.5), (0.5, 1)]]],
        [[[(0.2, 0.28), (0.5, 0)], [(0.5, 0), (0.5, 1)]], [[(0.2, 1), (0.8, 1)]]],
    ],
    2: [
        [[[(0.15, 0.25), (0.45, 0), (0.8, 0.2), (0.65, 0.55), (0.1, 1)], [(0.1, 1), (0.5, 0.98), (0.9, 0.98)]]],
        [[[(0.15, 0.22), (0.45, 0), (0.8, 0.2), (0.62, 0.58), (0.25, 0.97), (0.08, 0.86), (0.3, 0.82), (0.6, 0.97), (0.95, 0.93)]]],
    ],
    3: [
        [[[(0.15, 0.1), (0.5, 0), (0.75, 0.22), (0.38, 0.46)], [(0.38, 0.46), (0.8, 0.68), (0.55, 1), (0.1, 0.9)]]],
        [[[(0.1, 0), (0.8, 0)], [(0.8, 0), (0.42, 0.4)], [(0.42, 0.4), (0.82, 0.65), (0.55, 1), (0.1, 0.88)]]],
    ],
    4: [
        [[[(0.42, 0), (0.1, 0.6)], [(0.1, 0.6), (0.5, 0.6), (0.92, 0.6)]], [[(0.68, 0.3), (0.66, 0.65), (0.62, 1)]]],
        [[[(0.7, 0), (0.1, 0.65)], [(0.1, 0.65), (0.95, 0.65)]], [[(0.7, 0), (0.7, 1)]]],
    ],
    5: [
        [[[(0.85, 0), (0.27, 0)], [(0.27, 0), (0.22, 0.45)], [(0.22, 0.45), (0.55, 0.37), (0.85, 0.65), (0.58, 0.98), (0.1, 0.9)]]],
        [[[(0.27, 0), (0.22, 0.45)], [(0.22, 0.45), (0.55, 0.37), (0.85, 0.65), (0.58, 0.98), (0.1, 0.9)]], [[(0.27, 0.02), (0.85, 0)]]],
    ],
    6: [
        [[[(0.7, 0), (0.32, 0.3), (0.13, 0.7), (0.45, 1), (0.8, 0.76), (0.5, 0.55), (0.18, 0.75)]]],
        [[[(0.6, 0), (0.25, 0.45), (0.18, 0.8), (0.5, 1), (0.82, 0.8), (0.55, 0.6), (0.2, 0.8)]]],
    ],
    7: [
        [[[(0.1, 0.04), (0.5, 0.03), (0.88, 0)], [(0.88, 0), (0.55, 0.5), (0.4, 1)]]],
        [[[(0.1, 0.04), (0.88, 0)], [(0.88, 0), (0.58, 0.5), (0.4, 1)]], [[(0.28, 0.52), (0.85, 0.48)]]],
        [[[(0.08, 0.2), (0.12, 0.03)], [(0.12, 0.03), (0.88, 0)], [(0.88, 0), (0.58, 0.5), (0.42, 1)]], [[(0.3, 0.5), (0.85, 0.52)]]],
    ],
    8: [
        [[[(0.72, 0.15), (0.42, 0), (0.2, 0.22), (0.5, 0.47), (0.82, 0.75), (0.48, 1), (0.15, 0.77), (0.5, 0.47), (0.76, 0.18)]]],
        [[[(0.5, 0.48), (0.25, 0.22), (0.5, 0), (0.75, 0.22), (0.5, 0.48), (0.18, 0.75), (0.5, 1), (0.82, 0.75), (0.5, 0.48)]]],
    ],
    9: [
        [[[(0.8, 0.18), (0.45, 0), (0.15, 0.26), (0.45, 0.5), (0.8, 0.2)], [(0.8, 0.2), (0.76, 0.6), (0.68, 1)]]],
        [[[(0.8, 0.18), (0.45, 0), (0.15, 0.26), (0.45, 0.5), (0.8, 0.2)], [(0.8, 0.2), (0.8, 0.75), (0.5, 1), (0.15, 0.9)]]],
    ],
}

# Letters that look like no digit, as SHAPES.
LETTERS = {
    "A": [[[(0.1, 1), (0.5, 0)], [(0.5, 0), (0.9, 1)]], [[(0.25, 0.62), (0.78, 0.6)]]],
    "E": [[[(0.8, 0), (0.2, 0.02)], [(0.2, 0.02), (0.18, 1)], [(0.18, 1), (0.85, 0.98)]], [[(0.2, 0.5), (0.7, 0.48)]]],
    "F": [[[(0.85, 0), (0.2, 0.02)], [(0.2, 0.02), (0.18, 1)]], [[(0.2, 0.48), (0.7, 0.46)]]],
    "H": [[[(0.15, 0), (0.15, 1)]], [[(0.85, 0), (0.85, 1)]], [[(0.15, 0.5), (0.85, 0.48)]]],
    "K": [[[(0.15, 0), (0.15, 1)]], [[(0.85, 0.02), (0.17, 0.55)], [(0.17, 0.55), (0.88, 1)]]],
    "M": [[[(0.05, 1), (0.15, 0)], [(0.15, 0), (0.5, 0.7)], [(0.5, 0.7), (0.85, 0)], [(0.85, 0), (0.95, 1)]]],
    "N": [[[(0.12, 1), (0.14, 0)], [(0.14, 0), (0.86, 1)], [(0.86, 1), (0.88, 0)]]],
    "R": [[[(0.15, 0), (0.15, 1)]], [[(0.15, 0.02), (0.7, 0.05), (0.75, 0.4), (0.18, 0.52)], [(0.18, 0.52), (0.88, 1)]]],
    "T": [[[(0.05, 0.02), (0.95, 0)]], [[(0.5, 0.02), (0.5, 1)]]],
    "W": [[[(0, 0), (0.25, 1)], [(0.25, 1), (0.5, 0.3)], [(0.5, 0.3), (0.75, 1)], [(0.75, 1), (1, 0)]]],
    "X": [[[(0.1, 0), (0.9, 1)]], [[(0.9, 0), (0.1, 1)]]],
    "f": [[[(0.8, 0.1), (0.6, 0), (0.42, 0.2), (0.42, 1)]], [[(0.15, 0.42), (0.75, 0.4)]]],
    "h": [[[(0.15, 0), (0.15, 1)]], [[(0.15, 0.65), (0.5, 0.42), (0.8, 0.6), (0.8, 1)]]],
    "k": [[[(0.2, 0), (0.2, 1)]], [[(0.75, 0.4), (0.22, 0.7)], [(0.22, 0.7), (0.8, 1)]]],
    "m": [[[(0.05, 0), (0.05, 1)], [(0.05, 1), (0.25, 0.05), (0.48, 0.3), (0.48, 1)], [(0.48, 1), (0.7, 0.05), (0.92, 0.3), (0.94, 1)]]],
    "n": [[[(0.15, 0), (0.15, 1)], [(0.15, 1), (0.25, 0.2), (0.6, 0.02), (0.82, 0.3), (0.84, 1)]]],
    "p": [[[(0.2, 0), (0.2, 1)]], [[(0.2, 0.15), (0.55, 0), (0.85, 0.25), (0.55, 0.55), (0.2, 0.45)]]],
    "r": [[[(0.25, 0), (0.25, 1)]], [[(0.25, 0.4), (0.45, 0.1), (0.85, 0.1)]]],
    "t": [[[(0.45, 0), (0.45, 0.8), (0.6, 1), (0.85, 0.9)]], [[(0.1, 0.32), (0.8, 0.3)]]],
    "w": [[[(0, 0), (0.2, 0.95), (0.48, 0.3)], [(0.48, 0.3), (0.7, 0.95), (1, 0)]]],
    "x": [[[(0.1, 0.1), (0.3, 0.2), (0.7, 0.8), (0.95, 0.9)]], [[(0.9, 0.05), (0.6, 0.4), (0.1, 1)]]],
    "ampersand": [[[(0.9, 1), (0.35, 0.4), (0.3, 0.1), (0.55, 0), (0.65, 0.2), (0.15, 0.65), (0.3, 1), (0.65, 0.9), (0.9, 0.55)]]],
}
LETTERS_EACH = 8
SCRIBBLES = 150


def oval(rng):
    start, way = rng.uniform(-2.2, -0.9), rng.choice([-1, -1, 1]) * (2 * math.pi + rng.uniform(-0.35, 0.5))
    angles = [start + way * i / 12 for i in range(13)]
    return [[[(0.5 + 0.4 * math.cos(a), 0.5 + 0.5 * math.sin(a)) for a in angles]]]


def curve(marks):
    """Close points of a Catmull-Rom spline through the marks."""
    (a, b), (y, z) = marks[:2], marks[-2:]
    marks = [[2 * p - q for p, q in zip(a, b)], *marks, [2 * q - p for p, q in zip(y, z)]]
    path = []
    for p, q, r, s in zip(marks, marks[1:], marks[2:], marks[3:]):
        for i in range(20):
            t = i / 20
            path.append([0.5 * (2 * q[k] + (r[k] - p[k]) * t + (2 * p[k] - 5 * q[k] + 4 * r[k] - s[k]) * t * t
                                + (3 * q[k] - p[k] - 3 * r[k] + s[k]) * t**3) for k in (0, 1)])
    return [*path, list(marks[-2])]


def sampled(path, count, rng):
    """Points at times that are not quite even, both ends among them."""
    ways = [0.0]
    for a, b in zip(path, path[1:]):
        ways.append(ways[-1] + math.dist(a, b))
    marks = [0.0, *((i + rng.uniform(-0.25, 0.25)) / (count - 1) for i in range(1, count - 1)), 1.0]
    return [path[min(range(len(path)), key=lambda i: abs(ways[i] - mark * ways[-1]))] for mark in marks]


def shot_past(path, rng):
    """Both ends longer or shorter by a little."""
    (x0, y0), (x1, y1) = path[-4], path[-1]
    more = rng.uniform(0, 0.8)
    return [*path, [x1 + more * (x1 - x0), y1 + more * (y1 - y0)]]


def scribble(rng):
    """A way with no aim, or a few short ones."""
    def wander(count, spread):
        at = [rng.random(), rng.random()]
        marks = [tuple(at)]
        for _ in range(count):
            at = [min(1, max(0, value + rng.gauss(0, spread))) for value in at]
            marks.append(tuple(at))
        return marks

    kind = rng.randrange(4)
    if kind == 0:
        return [[wander(rng.randint(12, 25), 0.4)]]
    if kind == 1:
        return [[wander(rng.randint(3, 5), 0.25)] for _ in range(rng.randint(4, 7))]
    count = rng.randint(9, 16)
    if kind == 2:
        return [[[(i / count, (i % 2) * rng.uniform(0.7, 1)) for i in range(count)]]]
    return [[[(0.5 + (0.15 + i / 60) * math.cos(1.1 * i), 0.5 + (0.15 + i / 60) * math.sin(1.1 * i)) for i in range(count + 8)]]]


def drawing(shape, rng):
    places = {}

    def put(mark):
        if mark not in places:
            places[mark] = [value + rng.gauss(0, 0.03) for value in mark]
        return places[mark]

    fast = rng.random() < 0.5
    width, lean, turn = rng.uniform(0.5, 0.95), rng.uniform(-0.1, 0.4), rng.uniform(-0.14, 0.14)
    size = rng.choice([rng.uniform(0.07, 0.12), rng.uniform(0.25, 0.4), rng.uniform(0.5, 0.7), 0.92])
    strokes = []
    for pieces in shape:
        paths = [curve([put(mark) for mark in piece]) for piece in pieces]
        path = shot_past(sum(paths, []), rng)
        # A corner costs a hand time: more points.
        marks = sum(map(len, pieces))
        count = rng.randint(5, 8) + 2 * (len(pieces) - 1) if fast else rng.randint(20, 40)
        count = max(count, marks)
        points = sampled(path, count, rng)
        shaking = rng.uniform(0, 0.012)
        strokes.append([[v + rng.gauss(0, shaking) - 0.5 for v in point] for point in points])

    def place(x, y):
        x = width * x - lean * y
        return x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)

    strokes = [[place(*point) for point in stroke] for stroke in strokes]
    low, high = [[pick(point[k] for stroke in strokes for point in stroke) for k in (0, 1)] for pick in (min, max)]
    scale = size / max(high[0] - low[0], high[1] - low[1])
    corner = [rng.uniform(0.02, 0.98 - scale * (high[k] - low[k])) for k in (0, 1)]
    return [[[round(corner[k] + scale * (point[k] - low[k]), 3) for k in (0, 1)] for point in stroke] for stroke in strokes]


def write(name, samples):
    lines = ",\n".join(json.dumps(sample, separators=(",", ":")) for sample in samples)
    Path(__file__).with_name(f"{name}.json").write_text(f"[\n{lines}\n]\n")


def main():
    rng = random.Random(11)
    shapes = [(digit, oval(rng) if digit == 0 else rng.choice(SHAPES[digit])) for _ in range(EACH) for digit in range(10)]
    write("stress", [{"digit": digit, "strokes": drawing(shape, rng)} for digit, shape in shapes])
    letters = [("letter", name, shape) for _ in range(LETTERS_EACH) for name, shape in LETTERS.items()]
    others = letters + [("scribble", "", scribble(rng)) for _ in range(SCRIBBLES)]
    write("stress-others", [{"kind": kind, "name": name, "strokes": drawing(shape, rng)} for kind, name, shape in others])


if __name__ == "__main__":
    main()
