#!/usr/bin/env python3
"""Writes digits.json: the ten digits as a pen draws them, in several styles each.

Paths are Bezier curves and arcs in a box of 100x100, y downwards. The pen goes along them as a hand does: slower where
the path bends, by the two-thirds power law (Lacquaniti, Terzuolo, Viviani 1983), and is sampled at even times. The set
is for development and for the browser tests; shapes were drawn to look natural, not until a model read them.
"""

import json
import math
from pathlib import Path

POINTS_A_STROKE = 60


def arc(cx, cy, rx, ry, start, end):
    """Of an ellipse; degrees, 0 is right, 90 is down; end above start is clockwise on the screen."""
    count = max(2, int(abs(end - start) / 3))
    angles = [math.radians(start + (end - start) * i / count) for i in range(count + 1)]
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles]


def line(*corners):
    path = [corners[0]]
    for (x0, y0), (x1, y1) in zip(corners, corners[1:]):
        count = max(1, int(math.hypot(x1 - x0, y1 - y0) / 2))
        path += [(x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count) for i in range(1, count + 1)]
    return path


def bezier(p0, *rest):
    """Cubic pieces: from p0, each by two control points and its end."""
    path = [p0]
    for a, b, p1 in zip(rest[0::3], rest[1::3], rest[2::3]):
        for i in range(1, 31):
            t = i / 30
            w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            path.append(tuple(w[0] * p0[k] + w[1] * a[k] + w[2] * b[k] + w[3] * p1[k] for k in (0, 1)))
        p0 = p1
    return path


def slant(strokes, shear):
    """Leans to the right, as most writing does."""
    return [[(x + shear * (50 - y), y) for x, y in stroke] for stroke in strokes]


ROUND_FIVE = bezier((38, 14), (36, 26), (34, 36), (33, 44), (44, 36), (70, 36), (70, 62), (70, 90), (36, 94), (26, 80))
OPEN_FOUR = line((34, 12), (28, 54), (74, 54))
EIGHT = bezier(
    (66, 24), (60, 8), (32, 8), (34, 28), (36, 46), (68, 46), (70, 68), (72, 92), (30, 94), (29, 70),
    (28, 50), (64, 46), (67, 26),
)

DIGITS = [
    (0, "oval", [arc(50, 50, 26, 38, -80, -450)]),
    (0, "slanted", slant([arc(50, 50, 22, 38, -70, -425)], 0.35)),
    (0, "open", [arc(50, 50, 28, 37, -50, -385)]),
    (0, "round", [arc(50, 50, 36, 37, -100, 270)]),
    (0, "overlapping", [bezier((62, 20), (40, 6), (22, 34), (26, 58), (30, 96), (74, 92), (74, 52), (74, 22), (56, 8), (40, 16))]),
    (0, "slashed", [arc(50, 50, 27, 37, -80, -440), line((70, 20), (32, 82))]),
    (1, "bar", [line((50, 12), (49, 88))]),
    (1, "slanted", [bezier((64, 12), (58, 34), (48, 60), (38, 88))]),
    (1, "flag", [bezier((36, 32), (44, 28), (52, 20), (56, 12)) + line((56, 12), (54, 88))]),
    (1, "serif", [line((36, 30), (52, 13), (51, 87)), line((34, 88), (69, 87))]),
    (1, "long flag", [line((34, 42), (56, 12), (54, 88))]),
    (1, "curved flag", slant([bezier((36, 38), (46, 34), (54, 24), (58, 12), (58, 40), (57, 60), (57, 88))], 0.05)),
    (1, "flag and foot", slant([line((38, 34), (54, 12), (53, 86)), line((36, 88), (70, 86))], 0.1)),
    (1, "up and down", [bezier((44, 60), (48, 40), (54, 24), (58, 12), (57, 40), (55, 60), (54, 88))]),
    (2, "plain", [bezier((28, 30), (32, 8), (70, 6), (68, 32), (66, 52), (40, 70), (26, 86)) + line((26, 86), (74, 85))]),
    (2, "looped", [bezier(
        (30, 28), (34, 8), (70, 8), (68, 34), (66, 56), (44, 78), (32, 84), (20, 88), (20, 70), (34, 74),
        (48, 78), (60, 90), (76, 80))]),
    (2, "angular", [bezier((30, 22), (44, 10), (66, 12), (66, 28)) + line((66, 28), (28, 84), (72, 84))]),
    (2, "swan", slant([bezier((30, 28), (36, 8), (70, 10), (64, 36), (58, 56), (36, 76), (24, 84),
                              (40, 74), (56, 92), (78, 80))], 0.15)),
    (2, "narrow", [bezier((38, 26), (40, 8), (62, 8), (61, 28), (58, 50), (44, 70), (36, 86)) + line((36, 86), (66, 86))]),
    (2, "with a tail", [bezier((30, 24), (40, 8), (66, 10), (64, 34), (60, 54), (40, 74), (28, 86),
                               (44, 76), (58, 84), (72, 94))]),
    (2, "hooked", [bezier((32, 36), (26, 20), (44, 8), (56, 12), (74, 18), (66, 44), (54, 58), (44, 70), (34, 80), (28, 87))
                   + line((28, 87), (74, 84))]),
    (3, "round", [bezier((30, 22), (36, 8), (68, 8), (66, 30), (65, 44), (52, 47), (44, 48),
                         (58, 47), (72, 54), (71, 68), (70, 92), (34, 94), (27, 78))]),
    (3, "flat top", [line((30, 14), (68, 14), (46, 44)) + bezier((46, 44), (78, 42), (80, 88), (48, 88), (40, 88), (32, 84), (28, 78))]),
    (3, "looped", [bezier((32, 20), (42, 6), (70, 10), (66, 32), (64, 46), (44, 54), (42, 48), (41, 42), (72, 46), (70, 70),
                          (68, 92), (36, 92), (28, 80))]),
    (3, "slanted", slant([bezier((32, 20), (40, 8), (68, 10), (64, 30), (62, 42), (52, 47), (46, 48),
                                 (60, 48), (70, 58), (67, 70), (62, 90), (36, 92), (28, 80))], 0.3)),
    (3, "narrow", [bezier((38, 18), (46, 8), (64, 12), (62, 28), (60, 42), (50, 46), (46, 46),
                          (60, 48), (66, 58), (64, 70), (62, 90), (42, 92), (34, 84))]),
    (3, "pointed", [bezier((30, 16), (50, 12), (66, 14), (64, 22), (60, 34), (50, 42), (42, 48), (66, 46), (76, 66), (64, 80),
                           (52, 92), (36, 88), (26, 84))]),
    (4, "open, two strokes", [OPEN_FOUR, line((64, 26), (61, 90))]),
    (4, "closed, two strokes", [line((58, 12), (26, 60), (78, 60)), line((59, 12), (58, 90))]),
    (4, "one stroke", [line((34, 14), (30, 52), (64, 50), (68, 16), (62, 88))]),
    (4, "slanted", slant([bezier((34, 14), (32, 30), (28, 44), (27, 52), (40, 56), (58, 52), (72, 50)), line((64, 20), (60, 90))], 0.3)),
    (4, "tall, two strokes", [line((40, 12), (28, 58), (74, 56)), line((58, 40), (56, 90))]),
    (4, "round", [bezier((36, 14), (26, 36), (26, 56), (42, 56), (58, 56), (66, 36), (68, 16), (66, 40), (64, 64), (62, 90))]),
    (4, "crossed past", [line((46, 12), (24, 62), (80, 60)), line((60, 34), (58, 90))]),
    (4, "from the stem", [line((62, 12), (60, 90)), line((60, 14), (26, 60), (76, 60))]),
    (5, "two strokes", [ROUND_FIVE, line((38, 14), (72, 13))]),
    (5, "one stroke", [line((70, 12), (38, 14)) + ROUND_FIVE[1:]]),
    (5, "angular", [line((68, 14), (34, 14), (32, 46)) + bezier((32, 46), (62, 40), (74, 54), (68, 70), (62, 88), (40, 88), (28, 82))]),
    (5, "slanted", slant([bezier((74, 14), (60, 16), (48, 14), (40, 15), (38, 26), (35, 34), (33, 44),
                                 (50, 38), (66, 46), (64, 64), (62, 86), (38, 90), (26, 82))], 0.25)),
    (5, "bar apart", [bezier((40, 18), (38, 28), (36, 36), (35, 46), (48, 38), (70, 42), (68, 64), (66, 88), (40, 92), (28, 82)),
                       line((42, 15), (74, 12))]),
    (5, "bar above", [bezier((36, 22), (35, 32), (34, 40), (34, 48), (50, 40), (72, 48), (68, 68), (64, 88), (40, 90), (26, 84)),
                       line((35, 20), (70, 16))]),
    (5, "narrow", [line((62, 12), (42, 13), (40, 44)) + bezier((40, 44), (52, 40), (66, 50), (62, 70), (58, 88), (42, 90), (34, 82))]),
    (5, "flowing", [bezier((70, 14), (56, 12), (46, 14), (42, 18), (38, 30), (36, 40), (40, 44), (56, 44), (68, 54), (64, 72),
                           (58, 88), (38, 90), (28, 80))]),
    (6, "plain", [bezier((62, 12), (44, 22), (28, 46), (28, 66), (28, 94), (70, 94), (70, 68), (70, 46), (36, 46), (29, 68))]),
    (6, "straight", [bezier((56, 10), (46, 32), (34, 52), (32, 68), (30, 94), (66, 94), (66, 74), (66, 54), (38, 56), (32, 74))]),
    (6, "slanted", slant([bezier((58, 10), (42, 28), (32, 50), (32, 68), (32, 92), (66, 92), (66, 70),
                                 (66, 50), (40, 52), (33, 70))], 0.3)),
    (6, "curled", [bezier((72, 20), (62, 6), (28, 22), (26, 60), (25, 96), (72, 96), (72, 68), (72, 44), (38, 44), (30, 66))]),
    (6, "small loop", [bezier((60, 10), (48, 30), (36, 54), (34, 74), (34, 94), (60, 94), (60, 80), (60, 66), (40, 68), (35, 80))]),
    (6, "wide loop", [bezier((54, 12), (38, 26), (26, 48), (26, 68), (28, 96), (76, 94), (74, 70), (72, 48), (40, 52), (28, 74))]),
    (7, "plain", [line((26, 15), (72, 14), (44, 88))]),
    (7, "crossed", [line((26, 16), (72, 14), (46, 88)), line((34, 52), (72, 50))]),
    (7, "serif", [line((27, 26), (28, 14), (72, 14)) + bezier((72, 14), (60, 34), (50, 60), (47, 88))]),
    (7, "curved", slant([bezier((26, 18), (40, 12), (56, 18), (72, 13), (60, 36), (48, 58), (46, 88))], 0.1)),
    (7, "crossed, slanted", slant([line((28, 16), (70, 15), (50, 88)), line((36, 52), (70, 50))], 0.2)),
    (7, "crossed, curved", [bezier((26, 22), (34, 10), (52, 20), (72, 14), (64, 36), (52, 58), (48, 88)),
                            line((38, 54), (72, 48))]),
    (7, "crossed, serif", [line((28, 28), (29, 15), (72, 14)) + bezier((72, 14), (62, 36), (52, 60), (48, 88)),
                           line((38, 54), (70, 52))]),
    (7, "crossed low", [line((26, 15), (70, 14), (48, 88)), line((34, 60), (70, 60))]),
    (7, "crossed short", [bezier((24, 20), (40, 12), (58, 16), (70, 14), (66, 30), (54, 56), (50, 88)),
                          line((46, 48), (66, 50))]),
    (7, "steep", [line((34, 14), (64, 14), (54, 88))]),
    (7, "crossed, round", [bezier((28, 24), (34, 10), (66, 8), (68, 22), (68, 40), (54, 60), (48, 88)), line((36, 56), (68, 54))]),
    (8, "one stroke", [EIGHT]),
    (8, "two circles", [arc(50, 29, 17, 17, -90, -455), arc(50, 67, 22, 21, -90, -455)]),
    (8, "slanted", slant([EIGHT], 0.3)),
    (8, "open", [bezier((66, 18), (48, 6), (32, 16), (34, 28), (36, 44), (66, 50), (68, 70), (70, 92), (32, 94), (30, 72),
                        (28, 52), (62, 44), (70, 22))]),
    (8, "from the middle", [bezier((50, 46), (28, 40), (30, 10), (50, 10), (70, 10), (72, 38), (50, 46), (24, 56), (22, 90), (50, 90),
                                   (78, 90), (76, 56), (50, 46))]),
    (8, "narrow", slant([bezier((60, 22), (58, 8), (40, 8), (41, 28), (42, 46), (60, 46), (61, 68), (62, 92), (38, 94), (38, 70),
                                (38, 50), (58, 46), (60, 24))], 0.1)),
    (8, "angular", [bezier((66, 16), (44, 10), (34, 20), (40, 34), (50, 48), (70, 62), (64, 80), (56, 92), (32, 88), (34, 72),
                           (38, 54), (62, 40), (68, 18))]),
    (9, "straight", [arc(48, 32, 19, 20, -20, -380) + line((67, 25), (65, 90))]),
    (9, "hooked", [bezier((68, 26), (60, 6), (30, 10), (30, 34), (30, 56), (62, 56), (68, 26),
                          (72, 50), (72, 88), (52, 88), (42, 88), (36, 84), (32, 78))]),
    (9, "two strokes", [arc(48, 32, 19, 20, -40, -400), bezier((67, 22), (68, 44), (66, 66), (62, 90))]),
    (9, "slanted", slant([bezier((66, 22), (52, 8), (32, 16), (32, 36), (32, 54), (58, 52), (66, 24),
                                 (64, 48), (60, 70), (54, 90))], 0.25)),
    (9, "small loop, hooked", [bezier((62, 20), (52, 8), (40, 16), (42, 30), (44, 42), (60, 38), (64, 20),
                                      (68, 44), (72, 88), (52, 89), (42, 89), (36, 86), (32, 80))]),
    (9, "wide, hooked", [bezier((70, 28), (64, 8), (28, 8), (28, 32), (28, 56), (66, 54), (70, 26),
                                (74, 56), (68, 92), (46, 90), (36, 88), (30, 84), (28, 80))]),
    (9, "slanted, hooked", slant([bezier((66, 22), (54, 8), (34, 14), (34, 34), (34, 50), (60, 48), (66, 22),
                                         (68, 50), (66, 90), (46, 88), (40, 87), (34, 84), (32, 80))], 0.25)),
    (9, "angular", [line((64, 18), (40, 14), (34, 36), (62, 34), (66, 18), (62, 88))]),
    (9, "straight to the left", [arc(50, 30, 17, 18, -20, -380) + line((66, 25), (44, 90))]),
]


def resample(path, count):
    """So many points along a path, at even times."""
    times = [0.0]
    for i in range(1, len(path)):
        (x0, y0), (x1, y1) = path[i - 1], path[i]
        times.append(times[-1] + math.hypot(x1 - x0, y1 - y0) / speed(path, i))
    points, i = [], 0
    for k in range(count):
        time = times[-1] * k / (count - 1)
        while i < len(path) - 2 and times[i + 1] < time:
            i += 1
        share = (time - times[i]) / (times[i + 1] - times[i])
        points.append([round((path[i][a] + share * (path[i + 1][a] - path[i][a])) / 100, 4) for a in (0, 1)])
    return points


def speed(path, i):
    """By the power law: curvature to the power of -1/3, within bounds."""
    a, b, c = path[max(i - 4, 0)], path[i], path[min(i + 4, len(path) - 1)]
    turn = math.atan2(c[1] - b[1], c[0] - b[0]) - math.atan2(b[1] - a[1], b[0] - a[0])
    turn = abs((turn + math.pi) % (2 * math.pi) - math.pi)
    curvature = turn / max(math.hypot(c[0] - a[0], c[1] - a[1]), 1e-6)
    return max(curvature, 0.005) ** (-1 / 3)


def main():
    clean = lambda path: [p for p, q in zip(path, [None] + path) if p != q]
    drawings = [
        {"digit": digit, "style": style, "strokes": [resample(clean(path), POINTS_A_STROKE) for path in paths]}
        for digit, style, paths in DIGITS
    ]
    lines = ",\n".join(json.dumps(drawing, separators=(",", ":")) for drawing in drawings)
    Path(__file__).with_name("digits.json").write_text(f"[\n{lines}\n]\n")


main()
