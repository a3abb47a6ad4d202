// A run is offered after a reload, belongs to one tab at a time, and outlives the page's own program.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUN, another, fault, untilStored } from './lib/recovery.mjs';
import { reload, segment } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();

test('after a reload the page offers the run with its curves and its drawing; discarded, it is gone', async () => {
  const lab = await app.open(RUN.replace('epochs=4', 'epochs=40'));
  await lab.draw(DIGITS[3]);
  await lab.click('train');
  await lab.steps(120);
  await lab.click('pause');
  await lab.state('paused');
  const [step, hash] = [await lab.number('global-step'), await lab.read('weights-hash')];
  await untilStored(lab);
  await lab.until('stored', (text) => text.includes(`step ${step}`), { what: `step ${step}` });
  await reload(lab);
  assert.match(await lab.read('resume-offer'), new RegExp(`step ${step}`));
  await lab.click('resume-run');
  await lab.steps(step);
  assert.equal(await lab.number('global-step'), step);
  assert.equal(await lab.read('weights-hash'), hash);
  assert.equal(await lab.read('run-state'), 'paused');
  await lab.digit();
  await reload(lab);
  await lab.click('discard-run');
  await lab.at('resume-offer').waitFor({ state: 'hidden' });
  await segment(lab, 'History');
  await lab.until('stored', (text) => text.startsWith('Nothing'), { what: 'nothing' });
  await reload(lab);
  await lab.weightsHash();
  await sleep(500);
  assert.equal(await lab.at('resume-offer').count(), 0);
});

test('two tabs: one saves, the other says so and can take over; what is saved is one run, whole', async () => {
  const lab = await app.open(RUN);
  await lab.click('train');
  await untilStored(lab);
  const other = await another(app, lab, 'limit=6400&epochs=2&seed=6&pretrained=0');
  await other.weightsHash();
  assert.equal(await other.at('resume-offer').count(), 0, 'a run that another tab trains is not offered');
  await other.click('train');
  assert.match(await other.error(20_000), /Another tab saves/);
  await other.click('remedy');
  assert.match(await lab.error(20_000), /taken over/);
  await untilStored(other);
  for (const tab of [lab, other]) await tab.state('finished');
  const hash = await other.read('weights-hash');
  assert.notEqual(await lab.read('weights-hash'), hash);
  await other.until('stored', (text) => /step 200/.test(text), { what: 'its last step' });
  await other.page.close();
  await reload(lab);
  await lab.click('resume-run');
  await lab.until('weights-hash', (text) => text === hash, { what: hash });
  assert.match(await lab.hash(), /seed=6/);
});

test('saving takes less than 1 % of the training time, of which the panel tells', async (t) => {
  const lab = await app.open('limit=1280&epochs=400&seed=5&pretrained=0&optimizer=adam&ema=0.9');
  await lab.click('train');
  await untilStored(lab);
  // The first save alone would be a large part of a short time.
  await lab.until('elapsed-seconds', (text) => Number(text) >= 10, { what: '10 s' });
  await lab.click('pause');
  await lab.state('paused');
  const [share] = (await lab.read('saving-share')).match(/[\d.]+/);
  t.diagnostic(`figure: ${share} % of ${await lab.read('elapsed-seconds')} s`);
  assert.ok(Number(share) > 0 && Number(share) < 1, share);
});

test('a page whose own program stops says so and offers the saved run', async () => {
  const lab = await app.open(RUN, { faulty: true });
  await lab.click('train');
  await untilStored(lab);
  await fault(lab.page, 'page').catch(() => {});
  await lab.page.locator('#stopped').waitFor();
  const [file] = await Promise.all([lab.page.waitForEvent('download'), lab.click('rescue')]);
  const path = await file.path();
  const fresh = await app.open('pretrained=0');
  await segment(fresh, 'History');
  await fresh.at('open-saved').setInputFiles(path);
  await fresh.at('resume-offer').waitFor();
});
