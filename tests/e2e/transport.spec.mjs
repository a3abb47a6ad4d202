// Train, pause, resume, step, reset; and the same seed gives the same weights.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stage } from './lib/stage.mjs';

const app = stage();

test('pause stops the steps, train goes on from there', async () => {
  const lab = await app.open('epochs=50&limit=6000');
  await lab.click('train');
  await lab.steps(3);
  await lab.click('pause');
  await lab.state('paused');
  const paused = await lab.number('global-step');
  await sleep(500);
  assert.equal(await lab.number('global-step'), paused, 'no step while paused');
  await lab.click('train');
  await lab.steps(paused + 3);
  assert.equal(await lab.read('run-state'), 'training');
});

test('step trains exactly one mini-batch', async () => {
  const lab = await app.open('limit=640');
  for (const wanted of [1, 2, 3]) {
    await lab.click('step');
    await lab.steps(wanted);
    await lab.state('paused');
    await sleep(200);
    assert.equal(await lab.number('global-step'), wanted);
  }
});

test('reset gives the seed’s first weights and step 0 again, in mid-training too', async () => {
  const lab = await app.open('limit=6000&seed=5');
  const first = await lab.weightsHash();
  await lab.click('train');
  await lab.steps(2);
  await lab.click('reset');
  await lab.state('idle');
  await lab.until('weights-hash', (text) => text === first, { what: first });
  assert.equal(await lab.number('global-step'), 0);
});

test('the same seed gives the same weights, another seed others', async () => {
  const [a, b, c] = await Promise.all([7, 7, 8].map(threeSteps));
  assert.deepEqual(a, b);
  assert.notEqual(a.first, c.first);
  assert.notEqual(a.third, c.third);
  assert.notEqual(a.first, a.third);
});

async function threeSteps(seed) {
  const lab = await app.open(`limit=640&seed=${seed}`);
  const first = await lab.weightsHash();
  for (const wanted of [1, 2, 3]) {
    await lab.click('step');
    await lab.steps(wanted);
    await lab.state('paused');
  }
  const third = await lab.until('weights-hash', (text) => text !== first, { what: 'new weights' });
  return { first, third };
}

test('the buttons, the state and the step stay where they are from start to end', async () => {
  const lab = await app.open('limit=6400&epochs=1');
  await lab.weightsHash();
  const PARTS = '.controls button, .state, .stat-epoch, .stat-step';
  const places = () => lab.page.locator(PARTS).evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().left));
  const before = await places();
  await lab.click('train');
  await lab.steps(2);
  assert.deepEqual(await places(), before, 'training');
  await lab.state('finished');
  assert.deepEqual(await places(), before, 'finished');
});

for (const width of [1024, 1280, 1440, 1600]) {
  test(`the hint of new changes lies over no number at ${width} px`, async () => {
    const lab = await app.open('limit=1280&epochs=1&autostart=1', { viewport: { width, height: 900 } });
    await lab.state('finished');
    await lab.page.getByLabel('Learning rate', { exact: true }).fill('0.002');
    await lab.page.keyboard.press('Tab');
    const hint = lab.page.locator('.transport .hint:not(:empty)');
    await hint.waitFor();
    const covered = await hint.evaluate((element) => {
      const at = element.getBoundingClientRect();
      const shown = [...document.querySelectorAll('.status > *')].filter((part) => getComputedStyle(part).visibility === 'visible');
      const overlaps = (box) => box.width > 0 && box.right > at.left && box.left < at.right;
      return shown.filter((part) => overlaps(part.getBoundingClientRect())).map((part) => part.textContent);
    });
    assert.deepEqual(covered, []);
  });
}
