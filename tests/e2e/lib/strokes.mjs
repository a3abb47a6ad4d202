// The scripted handwriting that the engine's tests draw too.
import { readFileSync } from 'node:fs';

const DRAWINGS = JSON.parse(readFileSync(new URL('../../strokes/digits.json', import.meta.url), 'utf8'));

/** The strokes of one drawing of each digit, 0 to 9: lists of `[x, y]` in units of the pad's side. */
export const DIGITS = Array.from({ length: 10 }, (_, digit) => DRAWINGS.find((drawing) => drawing.digit === digit).strokes);
