// The simd128 tier: the same bits for any number of workers.
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { sameBits } from './lib/team.mjs';

const app = stage();

test('200 steps of 1, 2, 4 and 8 workers give the same bits: simd128', sameBits(app, 'simd128'));
