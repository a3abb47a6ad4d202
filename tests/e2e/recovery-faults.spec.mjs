// A worker that dies in mid-training is replaced, and its run goes on. FAULTS asks for more than CI's few.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cycle, file, images, labels } from './lib/idx.mjs';
import { Draws } from './lib/random.mjs';
import { RUN, fault, uninterrupted, untilStored } from './lib/recovery.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const FAULTS = Number(process.env.FAULTS ?? 4);
const KINDS = ['panic', 'memory', 'loop', 'closed'];
/** Some epochs to recover in, and one to end with. */
const LONG_RUN = RUN.replace('epochs=4', `epochs=${FAULTS + 3}`);
const PATIENCE = 60_000 + 3_000 * FAULTS;

/** Strikes the worker and waits until its run goes on; gives how many ms it took until that was said, and done. */
async function strike(lab, kind) {
  await lab.page.evaluate(() => document.querySelector('.notices .tool')?.click());
  const saved = step(await lab.read('stored'));
  const states = await statesShown(lab);
  const start = Date.now();
  if (kind === 'closed') for (const worker of lab.page.workers()) worker.evaluate(() => self.close()).catch(() => {});
  else await fault(lab.page, kind);
  const message = await lab.error(8000);
  const noticed = Date.now() - start;
  assert.match(message, /taken its place/, kind);
  assert.ok(step(message) >= saved, `${kind}: saved at step ${saved}, but: ${message}`);
  await lab.state('training', 12_000);
  await lab.steps((await lab.number('global-step')) + 1);
  const back = Date.now() - start;
  assert.deepEqual(await states(), ['Recovering', 'Training'], `${kind}: what the page said of the run`);
  assert.ok(noticed < 5000, `${kind} was noticed after ${noticed} ms`);
  assert.ok(back < 10_000, `${kind}: trained again after ${back} ms`);
  return [noticed, back];
}

/** Notes what the page says of the run from here on; gives a function that gives it. */
async function statesShown(lab) {
  await lab.page.evaluate(() => {
    const shown = document.querySelector('.state > :last-child');
    const said = (window.said = []);
    new MutationObserver(() => said.at(-1) !== shown.textContent && said.push(shown.textContent))
      .observe(shown, { childList: true, characterData: true, subtree: true });
  });
  return () => lab.page.evaluate(() => window.said);
}

/** The step that a text of the page tells. */
const step = (text) => Number(text.match(/step ([\d,]+)/)[1].replaceAll(',', ''));

/** The middle one and the largest. */
function summary(times) {
  const sorted = times.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1]} ms in the middle, ${sorted.at(-1)} ms at worst`;
}

test(`a worker struck by ${FAULTS} faults is noticed within 5 s and its run goes on within 10 s, to the same bits`, async (t) => {
  const expected = await uninterrupted(app, LONG_RUN, PATIENCE);
  const lab = await app.open(LONG_RUN, { faulty: true });
  await lab.click('train');
  await untilStored(lab);
  const draws = new Draws(3);
  const times = [];
  for (let number = 0; number < FAULTS; number++) {
    await lab.steps((await lab.number('global-step')) + 2 + draws.below(40));
    times.push(await strike(lab, KINDS[number % KINDS.length]));
  }
  await lab.state('finished', PATIENCE);
  assert.equal(await lab.read('weights-hash'), expected);
  const [noticed, back] = [0, 1].map((which) => summary(times.map((pair) => pair[which])));
  t.diagnostic(`figure: ${times.length} of ${FAULTS}, noticed: ${noticed}, training again: ${back}; weights equal`);
});

test('a run on own files goes on, too: the next worker reads them again', async () => {
  const lab = await app.open('epochs=2000&batch=8&workers=1&pretrained=0', { faulty: true });
  const digits = cycle(240, 10);
  await lab.at('import-images').setInputFiles(file('own.idx', images(digits)));
  await lab.at('import-labels').setInputFiles(file('own-labels.idx', labels(digits)));
  await lab.until('data-state', (text) => text.startsWith('200 training'), { what: 'the files' });
  await lab.click('train');
  await untilStored(lab);
  await strike(lab, 'panic');
});
