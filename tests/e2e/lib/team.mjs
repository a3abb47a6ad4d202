// Runs that several workers share, and the bits that they end with.
import assert from 'node:assert/strict';

/** 200 steps. */
export const RUN = 'limit=12800&epochs=1&seed=3';

/**
 * Steps until so many workers take part, which may take them a moment to start; the bits do not care. No step may be under
 * way.
 */
export async function gather(lab, workers) {
  do {
    const before = await lab.number('global-step');
    assert.ok(before < 150, `${workers} workers have started`);
    await lab.click('step');
    await lab.steps(before + 1);
  } while ((await lab.number('worker-count')) !== workers);
  // Train would pause a step that is still under way.
  await lab.state('paused');
}

/** Trains a run to its end, and gives the fingerprint of its weights. */
export async function fingerprint(lab, workers) {
  await lab.click('train');
  await lab.state('finished');
  assert.equal(await lab.number('global-step'), 200);
  assert.equal(await lab.number('worker-count'), workers);
  return lab.read('weights-hash');
}

/** Asks for so many workers, as the settings do. */
export async function askFor(lab, workers) {
  await lab.page.locator('#setting-workers').evaluate((select) => {
    select.closest('details').open = true;
  });
  await lab.page.locator('#setting-workers').selectOption(String(workers));
}

/** The test of a SIMD tier: 200 steps of 1, 2, 4 and 8 workers give the same bits. */
export function sameBits(app, simd) {
  return async () => {
    const lab = await app.open(`${RUN}&workers=1&simd=${simd}`);
    let first;
    for (const workers of [1, 2, 4, 8]) {
      await askFor(lab, workers);
      await lab.click('reset');
      await lab.state('idle');
      await gather(lab, workers);
      const hash = await fingerprint(lab, workers);
      assert.equal(await lab.read('simd-tier'), simd);
      assert.equal(hash, (first ??= hash), `${workers} workers`);
    }
  };
}
