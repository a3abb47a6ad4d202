// The main job: some epochs over 6,000 real images, on the page, to better than 0.90 on the 10,000 test images.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';

const app = stage();

test('five epochs over 6,000 images learn to read digits, and the page shows how', async () => {
  const lab = await app.open('limit=6000&epochs=5&seed=5');
  await lab.state('idle');
  const blank = await lab.canvases('canvas[data-testid^="chart-"]');
  await lab.click('train');

  const { share, ...figures } = await halfway(lab);
  assert.equal(figures['run-state'], 'training');
  assert.ok(share > 0 && share < 1, `progress ${share}`);
  assert.ok(Number(figures['images-per-second']) > 0);
  assert.ok(Number(figures['elapsed-seconds']) > 0);
  assert.ok(Number(figures['train-loss']) > 0);
  assert.ok(Number(figures.epoch) >= 1 && Number(figures.epoch) <= 5, `epoch ${figures.epoch}`);

  await lab.state('finished');
  assert.equal(await lab.number('global-step'), 5 * Math.ceil(6000 / 64));
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

/**
 * The figures of the run under way, all of one moment: they change once a second where all cores train, and the run is
 * over a few changes later. The first ones may have no speed yet.
 */
async function halfway(lab) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const figures = await lab.page.evaluate((ids) => {
      const at = (id) => document.querySelector(`[data-testid="${id}"]`);
      const [now, max] = ['aria-valuenow', 'aria-valuemax'].map((name) => Number(at('progress').getAttribute(name)));
      return { ...Object.fromEntries(ids.map((id) => [id, at(id).textContent.trim()])), share: now / max };
    }, ['run-state', 'images-per-second', 'elapsed-seconds', 'train-loss', 'epoch']);
    if (figures.share > 0 && figures['images-per-second'] !== '-' && figures['elapsed-seconds'] !== '0.0') return figures;
  }
  assert.fail('no figures');
}

/** The progress bar's value, 0 to 1. */
async function progress(lab) {
  const bar = lab.at('progress');
  const [now, max] = await Promise.all(['aria-valuenow', 'aria-valuemax'].map((name) => bar.getAttribute(name)));
  return Number(now) / Number(max);
}
