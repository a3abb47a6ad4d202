// Space trains and pauses, right arrow steps, R resets, C clears, ? helps; none of it inside inputs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();

test('the shortcuts do what the buttons do', async () => {
  const lab = await app.open('limit=6000');
  const first = await lab.weightsHash();
  const press = (key) => lab.page.keyboard.press(key);
  await press('ArrowRight');
  await lab.steps(1);
  await lab.state('paused');
  await press('Space');
  await lab.steps(3);
  await press('Space');
  await lab.state('paused');
  await press('r');
  await lab.state('idle');
  await lab.until('weights-hash', (text) => text === first, { what: first });

  await lab.draw(DIGITS[1]);
  await lab.answer();
  await press('c');
  await lab.blank();

  await press('?');
  const help = lab.page.getByRole('dialog');
  await help.waitFor();
  assert.match(await help.innerText(), /space/i);
  await press('Escape');
  await help.waitFor({ state: 'hidden' });
});

test('inside an input the keys are the input’s', async () => {
  const lab = await app.open('limit=640');
  await lab.draw(DIGITS[1]);
  const { digit } = await lab.answer();
  await lab.page.locator('input[type=number]:visible').first().focus();
  for (const key of ['Space', 'ArrowRight', 'r', 'c', '?']) await lab.page.keyboard.press(key);
  await sleep(300);
  assert.equal(await lab.read('run-state'), 'idle');
  assert.equal(await lab.number('global-step'), 0);
  assert.equal(await lab.number('predicted-digit'), digit);
  assert.equal(await lab.page.getByRole('dialog').filter({ visible: true }).count(), 0);
});

test('a focused button answers Space once', async () => {
  const lab = await app.open('limit=6000');
  await lab.weightsHash();
  await lab.at('step').focus();
  await lab.page.keyboard.press('Space');
  await lab.state('paused');
  await sleep(300);
  assert.equal(await lab.number('global-step'), 1, 'the button’s step, and no training');
});
