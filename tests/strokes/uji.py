"""Digits of UJIpenchars2 as drawings: uji.py ujipenchars2.txt... OUT.json

The set (Llorens et al., 2008; UCI, doi:10.24432/C52P4T, CC BY 4.0) has every digit twice from each of 60 writers, on a tablet,
with every lift of the pen. Nothing of it is in a training set: it only measures. Its file is at
https://archive.ics.uci.edu/dataset/183/; it is not part of this project. "kind" is the writer.
"""

import json
import sys

# The tablet's units are hundredths of a millimetre; a pad of 20 mm.
SIDE = 2000


def digits(lines):
    digit = kind = strokes = None
    for line in lines:
        words = line.split()
        if words[:1] == ["WORD"]:
            if digit is not None:
                yield {"digit": digit, "kind": kind, "strokes": strokes}
            is_digit = words[1] in "0123456789"
            digit, kind, strokes = int(words[1]) if is_digit else None, words[2].rsplit("-", 1)[0], []
        elif words[:1] == ["POINTS"] and digit is not None:
            numbers = [int(number) for number in words[3:]]
            strokes.append([[x / SIDE, y / SIDE] for x, y in zip(numbers[::2], numbers[1::2])])
    if digit is not None:
        yield {"digit": digit, "kind": kind, "strokes": strokes}


*files, out = sys.argv[1:]
drawings = [digit for file in files for digit in digits(open(file, encoding="utf-8", errors="replace"))]
with open(out, "w", encoding="utf-8") as file:
    json.dump(drawings, file)
print(len(drawings), "digits of", len({drawing["kind"] for drawing in drawings}), "writers")
