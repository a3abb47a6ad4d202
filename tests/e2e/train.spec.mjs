// The main job: an epoch over 6,000 real images, on the page, to better than 0.90 on the 10,000 test images.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';

const app = stage();

test('one epoch over 6,000 images learns to read digits, and the page shows how', async () => {
  const lab = await app.open('limit=6000&epochs=1&seed=5');
  await lab.state('idle');
  const blank = await lab.canvases('canvas[data-testid^="chart-"]');
  await lab.click('train');

  await lab.steps(40);
  assert.equal(await lab.read('run-state'), 'training');
  const halfway = await progress(lab);
  assert.ok(halfway > 0 && halfway < 1, `progress ${halfway}`);
  assert.ok((await lab.number('images-per-second')) > 0);
  assert.ok((await lab.number('elapsed-seconds')) > 0);
  assert.ok((await lab.number('train-loss')) > 0);
  assert.equal(await lab.number('epoch'), 1);

  await lab.state('finished');
  assert.equal(await lab.number('global-step'), Math.ceil(6000 / 64));
  assert.equal(await progress(lab), 1);
  const accuracy = Number(await lab.until('test-accuracy', (text) => /\d/.test(text), { what: 'a number' }));
  assert.ok(accuracy > 0.9 && accuracy < 1, `test accuracy ${accuracy}`);
  assert.ok((await lab.number('test-loss')) < 0.5);
  assert.ok((await lab.number('val-accuracy')) > 0.9);
  assert.ok((await lab.number('val-loss')) < 0.5);
  assert.ok((await lab.number('train-accuracy')) > 0.5);

  const curves = await lab.canvases('canvas[data-testid^="chart-"]');
  assert.equal(curves.length, 2, 'loss and accuracy');
  curves.forEach((curve, i) => {
    assert.notEqual(curve.print, blank[i].print, `curve ${i} was drawn`);
    assert.ok(curve.colours > 2, `curve ${i} has lines`);
  });
});

/** The progress bar's value, 0 to 1. */
async function progress(lab) {
  const bar = lab.at('progress');
  const [now, max] = await Promise.all(['aria-valuenow', 'aria-valuemax'].map((name) => bar.getAttribute(name)));
  return Number(now) / Number(max);
}
