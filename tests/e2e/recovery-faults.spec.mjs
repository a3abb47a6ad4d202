// A worker that dies in mid-training is replaced, and its run goes on. FAULTS asks for more than CI's few.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Draws } from './lib/random.mjs';
import { RUN, fault, uninterrupted } from './lib/recovery.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const FAULTS = Number(process.env.FAULTS ?? 4);

test(`a worker struck by ${FAULTS} faults is noticed within 5 s and its run goes on within 10 s, to the same bits`, async () => {
  const hash = 'limit=6400&epochs=400&seed=5&workers=2&pretrained=0';
  const lab = await app.open(hash, { faulty: true });
  const kinds = ['panic', 'memory', 'loop', 'closed'];
  await lab.click('train');
  const draws = new Draws(3);
  let slowest = [0, 0];
  for (let number = 0; number < FAULTS; number++) {
    await lab.steps((await lab.number('global-step')) + 2 + draws.below(40));
    const kind = kinds[number % kinds.length];
    const start = Date.now();
    await lab.page.evaluate(() => document.querySelector('.notices .tool')?.click());
    if (kind === 'closed') for (const worker of lab.page.workers()) worker.evaluate(() => self.close()).catch(() => {});
    else await fault(lab.page, kind);
    assert.match(await lab.error(8000), /taken its place/, kind);
    const noticed = Date.now() - start;
    await lab.state('training', 12_000);
    const before = await lab.number('global-step');
    await lab.steps(before + 1);
    const resumed = Date.now() - start;
    assert.ok(noticed < 5000, `${kind} was noticed after ${noticed} ms`);
    assert.ok(resumed < 10_000, `${kind}: trained again after ${resumed} ms`);
    slowest = [Math.max(slowest[0], noticed), Math.max(slowest[1], resumed)];
  }
  console.log(`faults: ${FAULTS} of ${FAULTS}; noticed after at most ${slowest[0]} ms, training after ${slowest[1]} ms`);
});

test('a run whose worker dies ends with the bits of one whose worker lives', async () => {
  const expected = await uninterrupted(app, RUN);
  const lab = await app.open(RUN, { faulty: true });
  await lab.click('train');
  for (const [steps, kind] of [[40, 'panic'], [160, 'memory'], [250, 'panic']]) {
    await lab.steps(steps);
    await fault(lab.page, kind);
    await sleep(500);
  }
  await lab.state('finished');
  assert.equal(await lab.read('weights-hash'), expected);
});
