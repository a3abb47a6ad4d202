// A page and its workers that stand still and go on, as when the browser freezes a tab or the machine sleeps, are not taken for
// a page whose worker has died. Chromium's own switch for that (Page.setWebLifecycleState) does nothing without a window: their
// process is stopped instead.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stage } from './lib/stage.mjs';

const app = stage();
/** Longer than the page waits for a worker that is silent. */
const PATIENCE = 4000;

/** Stops every process of the browser that runs pages, for so long. */
async function freeze(ms) {
  const cdp = await app.browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  assert.ok(pages.length > 0, 'there is a process to stop');
  pages.forEach((id) => process.kill(id, 'SIGSTOP'));
  await sleep(ms);
  pages.forEach((id) => process.kill(id, 'SIGCONT'));
}

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
  for (const ms of [PATIENCE, 2 * PATIENCE]) {
    const before = await lab.number('global-step');
    await freeze(ms);
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
