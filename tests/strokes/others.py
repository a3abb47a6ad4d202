#!/usr/bin/env python3
"""Writes others.json: scribbles, and letters that look like no digit, as a pen draws them.

What the pad should not call a digit. Seeded; every drawing is slanted, stretched and shaken in a way of its own. The
gate is trained on drawings that `others.py --train OUT HERSHEY` writes, by another seed, without the letters in HELD_OUT, and
with those of Hershey's pen strokes, from the folder or wheel of the package Hershey-Fonts (A. V. Hershey, 1967). Letters
that are digits to many hands (B, C, D, G, I, J, L, O, P, Q, S, U, V, Y, Z; a, b, c, g, i, j, l, o, q, s, u, y, z) are left out.
"""

import json
import math
import random
import sys
from pathlib import Path

from make import arc, bezier, line

LETTERS = {
    "A": [line((26, 88), (50, 12), (74, 88)), line((36, 60), (66, 60))],
    "A round": [bezier((26, 88), (34, 50), (42, 14), (50, 12), (58, 14), (66, 50), (74, 88)), line((34, 62), (68, 60))],
    "E": [line((68, 14), (34, 14), (34, 86), (70, 86)), line((34, 50), (62, 50))],
    "E in four": [line((34, 12), (34, 88)), line((34, 14), (68, 14)), line((34, 50), (62, 50)), line((34, 87), (70, 87))],
    "F": [line((34, 12), (34, 88)), line((34, 14), (70, 14)), line((34, 48), (62, 48))],
    "H": [line((30, 12), (30, 88)), line((70, 12), (70, 88)), line((30, 50), (70, 50))],
    "K": [line((32, 12), (32, 88)), line((70, 14), (34, 52), (72, 88))],
    "M": [line((22, 88), (24, 14), (50, 60), (76, 14), (78, 88))],
    "N": [line((28, 88), (30, 14), (70, 86), (72, 12))],
    "R": [line((32, 12), (32, 88)), bezier((32, 14), (60, 8), (74, 20), (70, 34), (66, 48), (46, 50), (34, 50)) + line((34, 50), (72, 88))],
    "T": [line((24, 14), (76, 14)), line((50, 14), (50, 88))],
    "W": [line((18, 14), (34, 86), (50, 34), (66, 86), (82, 14))],
    "X": [line((28, 14), (72, 86)), line((72, 14), (28, 86))],
    "h": [line((34, 12), (34, 88)), bezier((34, 58), (42, 40), (66, 38), (66, 58), (67, 68), (67, 78), (67, 88))],
    "k": [line((36, 12), (36, 88)), line((64, 42), (38, 64), (66, 88))],
    "m": [line((20, 40), (20, 88)) + bezier((20, 88), (20, 40), (46, 30), (48, 52), (48, 64), (48, 76), (48, 88))
          + bezier((48, 88), (48, 40), (76, 30), (78, 52), (78, 64), (78, 76), (78, 88))],
    "w": [bezier((18, 42), (22, 70), (28, 88), (34, 86), (42, 84), (48, 60), (50, 48), (52, 70), (58, 88), (66, 86), (74, 84), (80, 60), (82, 42))],
    "x": [bezier((30, 30), (44, 40), (56, 70), (72, 80)), bezier((72, 28), (56, 40), (44, 66), (28, 82))],
    "ae": [arc(34, 60, 16, 20, -40, -400) + line((46, 46), (50, 78)) + bezier((50, 78), (50, 60), (84, 62), (82, 52), (78, 30), (50, 44), (52, 66),
                                                                               (54, 88), (78, 86), (84, 78))],
    "&": [bezier((74, 86), (50, 60), (32, 34), (36, 22), (42, 8), (62, 12), (58, 30), (52, 48), (26, 54), (26, 72), (28, 94), (62, 92), (72, 56))],
    "#": [line((40, 14), (34, 86)), line((64, 14), (58, 86)), line((24, 36), (76, 36)), line((22, 64), (74, 64))],
    "star": [line((32, 88), (50, 12), (68, 88), (22, 40), (78, 40), (32, 88))],
    "heart": [bezier((50, 86), (10, 56), (14, 14), (36, 14), (48, 14), (50, 26), (50, 34), (50, 26), (54, 14), (64, 14), (88, 14), (90, 56), (50, 86))],
    "square": [line((22, 22), (78, 22), (78, 80), (22, 80), (22, 22))],
    "triangle": [line((50, 14), (82, 82), (18, 82), (50, 14))],
    "f": [bezier((66, 20), (60, 8), (46, 10), (46, 30), (46, 50), (46, 70), (46, 88)), line((30, 44), (64, 44))],
    "n": [line((30, 36), (30, 84)), bezier((30, 52), (40, 30), (66, 30), (68, 52), (68, 62), (68, 72), (68, 84))],
    "d": [bezier((64, 52), (58, 40), (30, 42), (30, 64), (30, 90), (58, 88), (66, 70)), line((67, 12), (67, 88))],
    "p": [line((34, 34), (34, 92)), bezier((34, 44), (44, 30), (70, 36), (68, 54), (66, 74), (42, 72), (34, 62))],
    "arrow": [line((14, 50), (86, 50)), line((64, 30), (86, 50), (64, 70))],
    "plus": [line((50, 16), (50, 84)), line((16, 50), (84, 50))],
    "M of arches": [bezier((20, 86), (26, 10), (46, 10), (50, 70), (54, 10), (74, 10), (80, 86))],
    "P": [line((34, 12), (34, 88)), bezier((34, 14), (62, 8), (76, 24), (70, 38), (64, 52), (46, 52), (36, 52))],
    "Y": [line((28, 14), (50, 48), (72, 14)), line((50, 48), (50, 88))],
    "V of three": [line((22, 20), (50, 84), (78, 20), (90, 40))],
    "A in one": [line((24, 88), (48, 12), (72, 88), (62, 60), (34, 60))],
    "H in one": [line((30, 12), (30, 88), (30, 50), (70, 50), (70, 12), (70, 88))],
    "E round": [bezier((70, 22), (50, 6), (28, 16), (34, 34), (38, 46), (50, 48), (56, 48), (30, 50), (24, 70), (32, 82), (44, 94),
                       (64, 88), (74, 76))],
    "M straight": [line((24, 88), (24, 14)), line((24, 14), (50, 56), (76, 14), (76, 88))],
    "N in two": [line((28, 88), (28, 14), (70, 88)), line((70, 88), (70, 12))],
    "W round": [bezier((16, 20), (18, 96), (48, 96), (50, 40), (52, 96), (82, 96), (84, 20))],
    "K of curves": [line((34, 12), (32, 88)), bezier((68, 16), (60, 40), (44, 48), (36, 52), (50, 50), (62, 66), (72, 88))],
    "R in one": [line((32, 88), (32, 12)) + bezier((32, 12), (64, 6), (74, 24), (68, 36), (62, 48), (46, 50), (36, 50)) + line((36, 50), (70, 88))],
    "a": [bezier((66, 44), (54, 32), (30, 40), (30, 62), (30, 90), (60, 84), (66, 46), (66, 60), (68, 86), (78, 82))],
    "e": [bezier((30, 60), (50, 62), (70, 56), (68, 46), (64, 30), (32, 36), (30, 62), (30, 90), (60, 90), (74, 76))],
    "t": [bezier((48, 14), (48, 40), (46, 60), (48, 74), (50, 90), (64, 88), (70, 80)), line((28, 38), (70, 38))],
    "r": [line((38, 36), (38, 86)), bezier((38, 56), (42, 42), (54, 32), (68, 42))],
    "k in one": [line((36, 12), (36, 88)) + bezier((36, 60), (44, 40), (66, 40), (60, 54), (54, 64), (42, 64), (38, 64)) + line((40, 64), (68, 88))],
    "spiral": [[(50 + 1.1 * i / 3 * math.cos(i / 8), 50 + 1.1 * i / 3 * math.sin(i / 8)) for i in range(110)]],
    "smile": [arc(50, 50, 38, 38, -90, 270), line((38, 36), (38, 44)), line((62, 36), (62, 44)), arc(50, 54, 20, 18, 20, 160)],
    "question": [bezier((32, 28), (34, 8), (68, 8), (66, 32), (64, 46), (50, 48), (50, 66)), line((50, 84), (51, 86))],
    "lightning": [line((60, 10), (34, 50), (60, 50), (36, 90))],
    "percent": [line((76, 14), (24, 86)), arc(32, 28, 12, 13, -90, 270), arc(68, 72, 12, 13, -90, 270)],
    "dash": [line((16, 50), (84, 48))],
    "wave": [bezier((10, 50), (22, 20), (34, 20), (46, 50), (58, 80), (70, 80), (86, 46))],
    "equals": [line((22, 38), (78, 38)), line((22, 62), (78, 62))],
    "tick": [line((22, 54), (42, 80), (82, 20))],
    "f looped": [bezier((38, 58), (52, 50), (66, 26), (60, 14), (54, 4), (46, 16), (46, 36), (46, 60), (48, 80), (44, 92), (38, 98), (32, 90), (36, 82)),
                 line((34, 54), (62, 52))],
    "f of two loops": [bezier((34, 60), (54, 46), (66, 22), (58, 12), (48, 4), (44, 30), (46, 50), (48, 72), (50, 92), (42, 94), (32, 94), (40, 74), (62, 58))],
    "f hooked": [bezier((62, 18), (56, 6), (46, 12), (46, 30), (46, 60), (46, 80), (42, 92)), line((32, 46), (60, 44))],
    "h looped": [bezier((34, 64), (50, 44), (58, 22), (52, 12), (46, 4), (40, 24), (38, 44), (36, 66), (34, 80), (34, 90), (36, 70), (44, 54), (54, 52),
                        (66, 52), (58, 74), (60, 88), (64, 92), (70, 84), (72, 80))],
    "h slanted": [line((52, 10), (36, 88)) + bezier((36, 88), (40, 66), (52, 54), (58, 58), (64, 64), (56, 80), (58, 88))],
    "d in one": [bezier((58, 50), (44, 42), (28, 58), (32, 76), (36, 92), (54, 84), (58, 66), (62, 44), (64, 26), (66, 10), (64, 40), (60, 70), (66, 88))],
    "d bent back": [bezier((44, 12), (60, 24), (70, 48), (66, 70), (62, 92), (34, 92), (32, 70), (30, 52), (52, 46), (64, 60))],
    "r hooked": [bezier((36, 44), (40, 40), (44, 40), (44, 50), (44, 64), (42, 76), (42, 88), (42, 66), (48, 46), (60, 40), (66, 38), (68, 42), (68, 46))],
    "r in one": [bezier((30, 80), (40, 60), (46, 44), (48, 36), (54, 42), (60, 42), (64, 42), (58, 60), (54, 80), (60, 88), (68, 80), (72, 76))],
}

HELD_OUT = {
    "sum": [line((72, 16), (28, 14), (54, 50), (26, 86), (74, 86))],
    "pi": [line((22, 30), (78, 28)), line((38, 30), (32, 86)), line((62, 30), (66, 86))],
    "house": [line((24, 86), (24, 46), (50, 14), (76, 46), (76, 86), (24, 86))],
}


# Of one stroke a line, as a pen draws them: plain, with serifs, two hands.
HERSHEY_FONTS = ["futural", "rowmans", "scripts", "cursive"]
HERSHEY_LETTERS = "AEFHKMNPRTWXadefhkmnprtwx"


def hershey(package):
    """The letters of the package's fonts, by name."""
    sys.path.insert(0, str(package))
    from HersheyFonts import HersheyFonts

    fonts, letters = HersheyFonts(), {}
    for font in HERSHEY_FONTS:
        fonts.load_default_font(font)
        fonts.normalize_rendering(100)
        for letter in HERSHEY_LETTERS:
            strokes = [[(x, 100 - y) for x, y in stroke] for stroke in fonts.strokes_for_text(letter)]
            xs, ys = zip(*(point for stroke in strokes for point in stroke))
            scale = 76 / max(max(xs) - min(xs), max(ys) - min(ys))
            middle = [(max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2]
            place = lambda x, y: (50 + scale * (x - middle[0]), 50 + scale * (y - middle[1]))
            letters[f"{font} {letter}"] = [line(*(place(x, y) for x, y in stroke)) for stroke in strokes]
    return letters


def smooth(corners):
    """Through the middles between corners, bent by them."""
    path = [corners[0]]
    for a, b, c in zip(corners, corners[1:], corners[2:]):
        start, end = [((p[0] + q[0]) / 2, (p[1] + q[1]) / 2) for p, q in ((a, b), (b, c))]
        path += bezier(start, tuple((start[k] + 2 * b[k]) / 3 for k in (0, 1)), tuple((end[k] + 2 * b[k]) / 3 for k in (0, 1)), end)
    return path


def wandering(rng):
    return [smooth([(rng.uniform(10, 90), rng.uniform(10, 90)) for _ in range(rng.randint(9, 20))])]


def zigzag(rng):
    count = rng.randint(8, 16)
    return [line(*[(10 + 80 * i / count + rng.gauss(0, 2), rng.uniform(10, 30) if i % 2 else rng.uniform(70, 90)) for i in range(count + 1)])]


def coil(rng):
    turns, drift = rng.uniform(3, 6), rng.uniform(0, 50)
    count = int(30 * turns)
    radius = rng.uniform(14, 30)
    return [[(50 - drift / 2 + drift * i / count + radius * math.cos(0.21 * i) * (1 if drift > 20 else i / count + 0.1),
              50 + radius * math.sin(0.21 * i) * (1 if drift > 20 else i / count + 0.1)) for i in range(count)]]


def hatching(rng):
    return [line((rng.uniform(5, 95), rng.uniform(5, 95)), (rng.uniform(5, 95), rng.uniform(5, 95))) for _ in range(rng.randint(5, 10))]


def pieces(rng):
    strokes = []
    for _ in range(rng.randint(3, 6)):
        x, y = rng.uniform(20, 80), rng.uniform(20, 80)
        strokes.append(smooth([(x + rng.gauss(0, 22), y + rng.gauss(0, 22)) for _ in range(rng.randint(4, 7))]))
    return strokes


def loops(rng):
    count, across, down = rng.randint(60, 140), rng.uniform(8, 16), rng.uniform(14, 34)
    return [[(14 + 72 * i / count + across * math.cos(0.3 * i), 50 + down * math.sin(0.3 * i)) for i in range(count)]]


def there_and_back(rng):
    steep = rng.uniform(-0.6, 0.6)
    corners = []
    for i in range(rng.randint(6, 14)):
        x, y = (12 if i % 2 else 88) + rng.gauss(0, 6), 18 + 5.5 * i + rng.gauss(0, 2)
        corners.append((x, y + steep * (x - 50)))
    return [smooth(corners) if rng.random() < 0.5 else line(*corners)]


def knot(rng):
    return [smooth([(50 + rng.gauss(0, 20), 50 + rng.gauss(0, 20)) for _ in range(rng.randint(12, 30))])]


SCRIBBLES = {"loops": loops, "there and back": there_and_back, "knot": knot, "wandering": wandering, "zigzag": zigzag, "coil": coil, "hatching": hatching, "pieces": pieces}


def shaken(strokes, rng):
    """As a hand would draw it, in units of the pad."""
    width, shear, turn, size = rng.uniform(0.75, 1.15), rng.uniform(-0.15, 0.3), rng.uniform(-0.12, 0.12), rng.uniform(0.5, 1)
    bend = [[rng.uniform(-5, 5) for _ in range(4)] for _ in range(2)]

    def place(x, y):
        u, v = x - 50, y - 50
        u, v = [w + bend[k][0] * u * v / 2500 + bend[k][1] * u * u / 2500 + bend[k][2] * v * v / 2500 + rng.gauss(0, 0.4) for k, w in ((0, u), (1, v))]
        u = width * (u - shear * v)
        u, v = u * math.cos(turn) - v * math.sin(turn), u * math.sin(turn) + v * math.cos(turn)
        return [round(0.5 + size * u / 110, 3), round(0.5 + size * v / 110, 3)]

    return [[place(x, y) for x, y in stroke[:: max(1, len(stroke) // 20)] + stroke[-1:]] for stroke in strokes]


def drawings(rng, letters, times, scribbles):
    for _ in range(times):
        yield from (("letter", name, shaken(strokes, rng)) for name, strokes in letters.items())
    for _ in range(scribbles):
        yield from (("scribble", name, shaken(draw(rng), rng)) for name, draw in SCRIBBLES.items())


def write(path, found):
    lines = ",\n".join(json.dumps({"kind": kind, "name": name, "strokes": strokes}, separators=(",", ":")) for kind, name, strokes in found)
    Path(path).write_text(f"[\n{lines}\n]\n")


def main():
    if sys.argv[1:2] == ["--train"]:
        return write(sys.argv[2], drawings(random.Random(2), LETTERS | hershey(sys.argv[3]), 40, 600))
    rng = random.Random(1)
    write(Path(__file__).with_name("others.json"), drawings(rng, LETTERS | HELD_OUT, 2, 15))


if __name__ == "__main__":
    main()
