// A tab that the browser freezes to spare the battery, and thaws, is not taken for one whose worker has died.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stage } from './lib/stage.mjs';

const app = stage();
/** Longer than the page waits for a worker that is silent. */
const PATIENCE = 4000;

test('a tab that is frozen and thawed is not taken for a crash, and its run goes on', async () => {
  const lab = await app.open('limit=6400&epochs=400&seed=5&workers=2&pretrained=0');
  await lab.click('train');
  await lab.steps(5);
  const started = [];
  lab.page.on('worker', (worker) => started.push(worker.url()));
  await lab.page.evaluate(() => {
    window.beats = [performance.now()];
    setInterval(() => beats.push(performance.now()), 100);
  });
  const cdp = await lab.page.context().newCDPSession(lab.page);
  for (const ms of [PATIENCE, 2 * PATIENCE]) {
    const before = await lab.number('global-step');
    await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
    await sleep(ms);
    await cdp.send('Page.setWebLifecycleState', { state: 'active' });
    await lab.steps(before + 3);
    const longest = await lab.page.evaluate(() => Math.max(...beats.splice(0).map((beat, i, all) => beat - (all[i - 1] ?? beat))));
    assert.ok(longest > 0.8 * ms, `it was frozen: ${longest} of ${ms} ms without a beat`);
    await sleep(PATIENCE);
    assert.equal(await lab.errorText(), '');
    assert.equal(await lab.read('run-state'), 'training');
    await lab.steps((await lab.number('global-step')) + 1);
  }
  assert.deepEqual(started, [], 'no worker was replaced');
});
