// Several workers share every batch: the same bits for any number of them, in each SIMD tier, and none is missed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';

const app = stage();
/** 200 steps. */
const RUN = 'limit=12800&epochs=1&seed=3';
const hashes = {};

/** Steps until so many workers take part, which may take them a moment to start; the bits do not care. */
async function gather(lab, workers) {
  await lab.click('step');
  while ((await lab.number('worker-count')) !== workers) {
    const before = await lab.steps(1);
    assert.ok(before < 150, `${workers} workers have started`);
    await lab.click('step');
    await lab.steps(before + 1);
  }
}

/** Trains a run to its end, and gives the fingerprint of its weights. */
async function fingerprint(lab, workers) {
  await lab.click('train');
  await lab.state('finished');
  assert.equal(await lab.number('global-step'), 200);
  assert.equal(await lab.number('worker-count'), workers);
  return lab.read('weights-hash');
}

for (const simd of ['relaxed', 'simd128']) {
  for (const workers of [1, 2, 4, 8]) {
    test(`200 steps of ${workers} workers give the tier's bits: ${simd}`, async () => {
      const lab = await app.open(`${RUN}&workers=${workers}&simd=${simd}`);
      await gather(lab, workers);
      const hash = await fingerprint(lab, workers);
      assert.equal(await lab.read('simd-tier'), simd);
      assert.equal(hash, (hashes[simd] ??= hash));
    });
  }
}

test('a second run of the seed gives the same bits, and the tiers differ in theirs', async () => {
  const lab = await app.open(`${RUN}&workers=2&simd=relaxed`);
  assert.equal(await fingerprint(lab, 2), hashes.relaxed);
  assert.notEqual(hashes.relaxed, hashes.simd128);
});

test('the page picks the best tier and one worker a core', async () => {
  const lab = await app.open('limit=6400');
  const cores = await lab.page.evaluate(() => navigator.hardwareConcurrency);
  await gather(lab, Math.min(8, 2 ** Math.floor(Math.log2(cores))));
  assert.equal(await lab.read('simd-tier'), 'relaxed');
});

test('a worker that dies in mid-training costs nothing: the run ends with the same bits', async () => {
  const lab = await app.open(`${RUN}&workers=4&simd=relaxed`, { faulty: true });
  await gather(lab, 4);
  await lab.page.evaluate(() => dispatchEvent(new CustomEvent('digit-lab-crash', { detail: 2 })));
  assert.match(await lab.error(5000), /worker.*goes on/);
  await gather(lab, 4);
  assert.equal(await fingerprint(lab, 4), hashes.relaxed);
});

test('the number of workers can be changed in the middle of a run', async () => {
  const lab = await app.open(`${RUN}&workers=2&simd=relaxed`);
  await gather(lab, 2);
  await lab.page.locator('#setting-workers').evaluate((select) => {
    select.closest('details').open = true;
  });
  await lab.page.locator('#setting-workers').selectOption('4');
  await gather(lab, 4);
  assert.equal(await fingerprint(lab, 4), hashes.relaxed);
});
