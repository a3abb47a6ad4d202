// Drawing: the shipped model reads ten scripted digits, follows undo and clear, and guesses nothing on a blank pad.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();

test('before any training the shipped model reads all ten digits', async () => {
  const lab = await app.open();
  const misread = [];
  for (const [digit, strokes] of DIGITS.entries()) {
    await lab.draw(strokes);
    const answer = await lab.answer();
    if (answer.digit !== digit) misread.push(`${digit} read as ${answer.digit}`);
    const sum = answer.probabilities.reduce((a, b) => a + b);
    assert.ok(Math.abs(sum - 1) < 0.01, `probabilities sum to ${sum}`);
    assert.equal(Math.max(...answer.probabilities), answer.probabilities[answer.digit]);
    await lab.click('clear');
    await lab.blank();
  }
  assert.deepEqual(misread, []);
});

test('a blank pad is "-", never a guess', async () => {
  const lab = await app.open();
  await lab.state('idle');
  assert.equal(await lab.read('predicted-digit'), '-');
});

test('undo takes back the last stroke, clear all of them', async () => {
  const lab = await app.open();
  await lab.draw(DIGITS[1]);
  const one = await lab.answer();
  await lab.draw([[[0.2, 0.2], [0.8, 0.2]], [[0.2, 0.8], [0.8, 0.8]]]);
  // Two bars more may be no digit at all.
  const other = (text) => text !== '-' && Number(text) !== one.probabilities[1];
  await lab.until('probability-1', other, { what: 'another answer' });
  await lab.click('undo');
  await lab.click('undo');
  await lab.until('probability-1', (text) => Number(text) === one.probabilities[1], { timeout: 5000, what: 'as before' });
  assert.deepEqual(await lab.answer(), one);
  await lab.click('clear');
  await lab.blank();
});

test('drawing is answered while training runs', async () => {
  const lab = await app.open('limit=6000&epochs=5&autostart=1');
  await lab.steps(20);
  const before = await lab.number('global-step');
  await lab.draw(DIGITS[1]);
  await lab.digit(5000);
  assert.equal(await lab.read('run-state'), 'training');
  await lab.steps(before + 1);
});
