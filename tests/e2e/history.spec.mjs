// The runs that are kept: over a reload, by name, laid over, compared, trained again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { reload, segment, train } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const RUN = 'limit=640&epochs=2&workers=1';

/** Changes a setting of the page. */
const set = async (lab, name, value) => {
  await lab.tab('train');
  await lab.page.locator(`#setting-${name}`).fill(value);
  await lab.page.locator(`#setting-${name}`).blur();
};

/** Two finished runs, at learning rates 0.001 and 0.003; on the history. */
async function twoRuns(options) {
  const lab = await app.open(RUN, options);
  const first = await train(lab);
  await set(lab, 'lr', '0.003');
  const second = await train(lab);
  await segment(lab, 'History');
  return { lab, first, second };
}

const facts = (lab) => lab.at('run-facts').allInnerTexts();

test('runs survive a reload, with their names, and deleting can be taken back', async () => {
  const { lab, first, second } = await twoRuns();
  const before = await facts(lab);
  assert.equal(before.length, 2);
  assert.ok(before[0].includes(second.slice(0, 8)) && before[1].includes(first.slice(0, 8)), before.join(' | '));
  assert.match(before[1], /0\.\d{4}\s+20 steps/);
  await lab.at('run-name').last().fill('The first');
  await lab.at('run-name').last().blur();

  await reload(lab);
  await segment(lab, 'History');
  await lab.at('run').last().waitFor();
  assert.deepEqual((await facts(lab)).map((text) => text.replace('This run', '').trim()), before.map((text) => text.replace('This run', '').trim()));
  assert.equal(await lab.at('run-name').last().inputValue(), 'The first');

  await lab.at('delete-run').last().click();
  assert.equal(await lab.at('run').count(), 1);
  await lab.click('undelete');
  assert.equal(await lab.at('run').count(), 2);
  await lab.at('delete-run').last().click();
  await reload(lab);
  await segment(lab, 'History');
  await lab.at('run').last().waitFor();
  assert.equal(await lab.at('run').count(), 1, 'what was deleted stays so');
});

for (const viewport of SIZES) test(`a run is laid over the curves and compared with this one at ${viewport.width} px`, async () => {
  const { lab } = await twoRuns({ viewport });
  // Drawn anew when it has a size again.
  const chart = async () => {
    await segment(lab, 'Curves');
    await lab.frame();
    return (await lab.canvases('[data-testid="chart-loss"]'))[0].print;
  };
  const alone = await chart();
  await segment(lab, 'History');
  await lab.at('choose-run').last().check();
  const table = lab.at('comparison');
  const rows = await table.locator('tbody tr').allInnerTexts();
  assert.equal(rows[0].replace(/\s+/g, ' '), 'learning_rate 0.003 0.001');
  assert.ok(!rows.some((row) => row.startsWith('batch_size')), 'what is the same is not listed');
  assert.notEqual(await chart(), alone, 'another curve is drawn');
  await lab.at('cursor-loss').focus();
  await lab.page.keyboard.press('End');
  assert.match(await lab.at('cursor-loss').getAttribute('aria-valuetext'), /Keras recipe, .*limit 640 \d\.\d{4}$/);
  await lab.page.keyboard.press('Escape');
  await segment(lab, 'History');
  await lab.at('choose-run').last().uncheck();
  assert.equal(await chart(), alone);
});

test('training again from the history gives the same fingerprint', async () => {
  const { lab, first } = await twoRuns();
  // What is being typed gives way to that run's number.
  await lab.page.locator('#setting-lr').fill('-1');
  await lab.at('run-again').last().click();
  // A new run, of which the old one's end tells nothing.
  await lab.at('run').nth(2).waitFor();
  await lab.state('finished');
  assert.equal(await lab.weightsHash(), first);
  assert.equal(await lab.page.locator('#setting-lr').inputValue(), '0.001');
  assert.equal(await lab.at('run').count(), 3);
});

test('a run that is left by a reload is kept as far as it came', async () => {
  const lab = await app.open('epochs=50&workers=1');
  await lab.click('train');
  await lab.steps(5);
  await reload(lab);
  await segment(lab, 'History');
  await lab.at('run').waitFor();
  assert.match((await facts(lab))[0], /[1-9]\d* steps/);
});

test('a browser that stores nothing is told of, for the history and for the run, and everything else works', async () => {
  const refuse = () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('no storage here', 'SecurityError');
    };
  };
  const lab = await app.open(RUN, { script: refuse });
  assert.match(await lab.error(), /history will not survive a reload.*Everything else works/);
  await lab.page.getByRole('button', { name: 'Dismiss' }).click();
  await train(lab);
  await segment(lab, 'History');
  assert.equal(await lab.at('run').count(), 1);
  assert.match(await lab.error(), /^The run cannot be saved.*download the run/);
});

test('what another version kept is left out with a note', async () => {
  const { lab } = await twoRuns();
  await lab.page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const open = indexedDB.open('digit-lab');
        open.onerror = reject;
        open.onsuccess = () => {
          const transaction = open.result.transaction('runs', 'readwrite');
          transaction.objectStore('runs').put(new Uint8Array([99, 1, 2, 3]), 7);
          transaction.oncomplete = resolve;
        };
      }),
  );
  await reload(lab);
  assert.match(await lab.error(), /1 kept runs could not be read/);
  await segment(lab, 'History');
  assert.equal(await lab.at('run').count(), 2);
});

for (const viewport of SIZES) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe-core: history at ${viewport.width} px, ${colorScheme}`, async () => {
      const lab = await app.open(RUN, { viewport, colorScheme });
      const check = async (state) => assert.deepEqual(await violations(lab.page), [], state);
      await segment(lab, 'History');
      await check('empty');
      await train(lab);
      await set(lab, 'lr', '0.003');
      await train(lab);
      await segment(lab, 'History');
      await check('two runs');
      await lab.at('choose-run').last().check();
      await check('compared');
      await lab.at('delete-run').last().click();
      await check('deleted');
    });
  }
}
