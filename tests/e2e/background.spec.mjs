// Training goes on in a tab that nobody looks at: truly hidden, its timers throttled and its frames stopped.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HiddenTabs } from './lib/hidden.mjs';
import { stage } from './lib/stage.mjs';

const app = stage({ browser: HiddenTabs.LAUNCH });

test('a hidden tab trains to the end', async () => {
  const tabs = await HiddenTabs.of(app.browser);
  const lab = await tabs.open(`${app.server.url}#limit=6000&epochs=20&autostart=1`);
  const read = (id) => lab.evaluate(`document.querySelector('[data-testid="${id}"]')?.textContent.trim()`);
  await until(async () => Number(await read('global-step')) >= 5);

  await tabs.open('about:blank');
  await until(async () => (await lab.evaluate('document.visibilityState')) === 'hidden');
  const hiddenAt = Number(await read('global-step'));
  await until(async () => (await read('run-state')) === 'finished');
  assert.equal(await lab.evaluate('document.visibilityState'), 'hidden');
  assert.ok(hiddenAt < 1880, `it was hidden in mid-training, at step ${hiddenAt}`);
  assert.equal(Number(await read('global-step')), 1880);
});

test('a worker that loops in a hidden tab is noticed there, and its run goes on', async () => {
  const tabs = await HiddenTabs.of(app.browser);
  const lab = await tabs.open(`${app.server.url}#limit=6400&epochs=400&workers=1&autostart=1`);
  const read = (id) => lab.evaluate(`document.querySelector('[data-testid="${id}"]')?.textContent.trim()`);
  await until(async () => Number(await read('global-step')) >= 5);
  await tabs.open('about:blank');
  await until(async () => (await lab.evaluate('document.visibilityState')) === 'hidden');
  await lab.evaluate("dispatchEvent(new CustomEvent('digit-lab-crash', { detail: 'loop' }))");
  await until(async () => /taken its place/.test(await read('error')));
  const step = Number(await read('global-step'));
  await until(async () => Number(await read('global-step')) > step + 5);
  assert.equal(await lab.evaluate('document.visibilityState'), 'hidden');
});

async function until(condition, patience = 60_000) {
  for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(100)) {
    if (await condition()) return;
  }
  assert.fail(`not within ${patience} ms: ${condition}`);
}
