// The scripted handwriting that the engine's tests draw too.
import { readFileSync } from 'node:fs';

const DRAWINGS = JSON.parse(readFileSync(new URL('../../strokes/digits.json', import.meta.url), 'utf8'));

/** The strokes of one drawing of each digit, 0 to 9: lists of `[x, y]` in units of the pad's side. */
export const DIGITS = Array.from({ length: 10 }, (_, digit) => DRAWINGS.find((drawing) => drawing.digit === digit).strokes);

/** By what is said of it: an H, a 4 and a 2 side by side, a one whose flag is half the bar of a seven. */
export const DOUBTFUL = {
  'not a digit': [[[0.2, 0.2], [0.2, 0.8]], [[0.7, 0.2], [0.7, 0.8]], [[0.2, 0.5], [0.7, 0.5]]],
  'several digits': [4, 2].flatMap((digit, place) => placed(DIGITS[digit], place / 2, 0.25, 0.5)),
  unsure: [[[0.521, 0.2], [0.6, 0.2], [0.54, 0.5], [0.48, 0.8]]],
};

/** In a part of the pad. */
export function placed(strokes, left, top, size) {
  return strokes.map((stroke) => stroke.map(([x, y]) => [left + size * x, top + size * y]));
}
