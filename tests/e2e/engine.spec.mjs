// The Engine tab: live figures, and what can be measured in the tab.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure, segment } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const IDLE = { what: 'a number' };
const isNumber = (text) => /^-?\d+(\.\d+)?(e-?\d+)?$/.test(text);

/** The page with its Engine tab in front, the data loaded. */
async function open(hash = '', options = {}) {
  const lab = await app.open(hash, options);
  await segment(lab, 'Engine');
  await enabled(lab, 'measure-engine');
  return lab;
}

/** Waits until a button can be pressed. */
function enabled(lab, id) {
  return lab.page.locator(`[data-testid="${id}"]:enabled`).waitFor({ timeout: 30_000 });
}

test('figures appear while it trains, and measuring waits for a pause', async () => {
  const lab = await open('workers=2');
  assert.equal(await lab.read('gflops'), '-');
  await lab.click('train');
  await lab.until('gflops', isNumber, IDLE);
  await lab.until('worker-count', (text) => text === '2', { what: 2 });
  await lab.until('waiting-share', isNumber, IDLE);
  await lab.until('memory-mb', (text) => Number(text) > 10 && Number(text) < 512, { what: '10 to 512' });
  assert.ok(await lab.at('measure-engine').isDisabled());
  await lab.click('pause');
  await lab.state('paused');
  const [gflops, speed] = [await lab.number('gflops'), await lab.number('images-per-second')];
  assert.ok(Math.abs(gflops / ((speed * 16_376_064) / 1e9) - 1) < 0.1, `${gflops} GFLOP/s at ${speed} images/s`);
  await enabled(lab, 'measure-engine');
});

test('this machine is measured layer by layer, and the run goes on from where it was', async () => {
  const lab = await open('limit=640&epochs=1');
  const hash = await lab.weightsHash();
  await measure(lab, 'measure-engine');
  const peak = await lab.number('peak-gflops');
  assert.ok(peak > 1 && peak < 1000, `${peak}`);
  assert.ok((await lab.number('predict-ms')) > 0);
  const rows = await lab.at('profile').locator('tbody th').allTextContents();
  assert.deepEqual(rows.slice(0, 6), [
    'conv2d + max_pooling2d',
    'conv2d_1 + max_pooling2d_1',
    'conv2d_2',
    'flatten',
    'dense',
    'dense_1',
  ]);
  assert.equal(await lab.read('weights-hash'), hash);
  await lab.click('train');
  await lab.state('finished');
  assert.ok((await lab.number('peak-share')) > 0);
});

test('a table that goes on below the fold says so, until its end is reached', async () => {
  const lab = await open('limit=640&epochs=1');
  const measurements = lab.page.locator('.measurements');
  // A strip at the lower edge, left of all text.
  const edge = async () => {
    const { x, y, height } = await measurements.boundingBox();
    const picture = await lab.page.screenshot({ clip: { x: Math.ceil(x) + 1, y: Math.floor(y + height) - 12, width: 1, height: 12 } });
    return picture.toString('base64');
  };
  const plain = await edge();
  await measure(lab, 'measure-engine');
  const shadowed = await edge();
  assert.notEqual(shadowed, plain, 'there is more below');
  await measurements.evaluate((element) => element.scrollTo(0, 8));
  await lab.becomes(async () => (await edge()) === plain, false, 'there is still more below');
  await measurements.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await lab.becomes(edge, plain, 'the end is reached');
});

test('one worker to one a core are measured, and Stop stops it', async () => {
  const lab = await open('limit=640&epochs=1');
  const workers = await lab.number('worker-count');
  await measure(lab, 'measure-scaling');
  assert.ok((await lab.number('scaling-1')) > 0);
  assert.ok((await lab.number('scaling-2')) > 0);
  assert.equal(await lab.number('speedup-1'), 1);
  assert.ok((await lab.number('speedup-2')) > 0);
  assert.equal(await lab.number('worker-count'), workers);
  assert.equal(await lab.read('run-state'), 'idle');
  await lab.begin('measure-scaling');
  await lab.click('measure-scaling');
  await enabled(lab, 'check-gradients');
  await lab.click('train');
  await lab.state('finished');
});

test('the bits of a run are those without measurements', async () => {
  const hash = async (between) => {
    const lab = await open('limit=1280&epochs=1&workers=2');
    await lab.click('step');
    await lab.state('paused');
    await between(lab);
    await lab.click('train');
    await lab.state('finished');
    return lab.read('weights-hash');
  };
  const plain = await hash(async () => {});
  assert.equal(await hash((lab) => measure(lab, 'measure-scaling')), plain);
});

for (const simd of ['relaxed', 'simd128']) {
  test(`the gradients are right: ${simd}`, async () => {
    const lab = await open(`simd=${simd}`);
    await measure(lab, 'check-gradients');
    for (const layer of [0, 2, 4, 6, 7]) {
      const [double, single] = [await lab.number(`gradient-error-${layer}`), await lab.number(`gradient-error-single-${layer}`)];
      assert.ok(double < 1e-5 && single < 1e-3, `layer ${layer}: ${double}, ${single}`);
    }
  });
}
