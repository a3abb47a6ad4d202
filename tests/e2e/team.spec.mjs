// Several workers share every batch: none is missed when it dies or when their number changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { RUN, askFor, fingerprint, gather } from './lib/team.mjs';

const app = stage();
/** What the seed's 200 steps end with in a tier, by two workers. */
async function trained(simd) {
  const lab = await app.open(`${RUN}&workers=2&simd=${simd}`);
  await gather(lab, 2);
  return fingerprint(lab, 2);
}

/** In the relaxed tier; trained once, by the first test that asks. */
let relaxed;
const expected = () => (relaxed ??= trained('relaxed'));

test('two runs of a seed give the same bits, and the tiers differ in theirs', async () => {
  assert.equal(await trained('relaxed'), await expected());
  assert.notEqual(await trained('simd128'), await expected());
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
  assert.match(await lab.error(5000), /worker[^]*goes on/);
  await gather(lab, 4);
  assert.equal(await fingerprint(lab, 4), await expected());
});

test('the number of workers can be changed in the middle of a run', async () => {
  const lab = await app.open(`${RUN}&workers=2&simd=relaxed`);
  await gather(lab, 2);
  await askFor(lab, 4);
  await gather(lab, 4);
  assert.equal(await fingerprint(lab, 4), await expected());
});
