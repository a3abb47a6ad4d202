// A race: two settings from the same seed, side by side.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { cycle, file, images, labels } from './lib/idx.mjs';
import { segment, train } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const RUN = 'limit=1000&epochs=3&workers=2';

/** A finished run at learning rate 0.001 in the history, and 0.003 set; gives the fingerprint of 0.003 trained alone. */
async function ready(options, run = RUN) {
  const lab = await app.open(run, options);
  await train(lab);
  await lab.page.locator('#setting-lr').fill('0.003');
  await lab.page.locator('#setting-lr').blur();
  return { lab, alone: await train(lab) };
}

test('two learning rates race: both curves live, both to the end, the own fingerprint as ever', async () => {
  const { lab, alone } = await ready({}, RUN.replace('epochs=3', 'epochs=12'));
  await segment(lab, 'History');
  await lab.at('race-run').last().click();
  await segment(lab, 'Curves');
  const race = lab.at('race');
  await race.waitFor();
  assert.equal(await race.getByRole('progressbar').count(), 2);
  const share = (racer) => race.getByRole('progressbar').nth(racer).getAttribute('aria-valuenow');
  for (const racer of [0, 1]) {
    await lab.until('race', () => true);
    while (!(Number(await share(racer)) > 0)) await lab.page.waitForTimeout(20);
  }
  await lab.at('cursor-loss').focus();
  await lab.page.keyboard.press('Home');
  assert.match(await lab.at('cursor-loss').getAttribute('aria-valuetext'), /Keras recipe, .*limit 1000 \d\.\d{4}$/);
  await race.waitFor({ state: 'hidden', timeout: 60_000 });
  await lab.state('finished');
  assert.equal(await lab.weightsHash(), alone);

  await segment(lab, 'History');
  const kept = await lab.at('run-facts').allInnerTexts();
  assert.equal(kept.length, 4, 'both are kept');
  const [first] = kept.slice(-1);
  const hash = first.trim().split(/\s+/).at(-1);
  assert.ok(kept.slice(0, 2).some((text) => text.includes(hash)), 'the rival has the fingerprint of its settings');
});

test('a rival of another seed races with the own one', async () => {
  const lab = await app.open(`${RUN}&seed=2`);
  await train(lab);
  await lab.page.evaluate((hash) => (location.hash = hash), `${RUN}&seed=5`);
  await lab.page.waitForFunction(() => document.querySelector('#setting-seed').value === '5');
  const rival = await train(lab);
  await lab.page.locator('#setting-lr').fill('0.003');
  await lab.page.locator('#setting-lr').blur();
  await segment(lab, 'History');
  await lab.at('race-run').last().click();
  await segment(lab, 'Curves');
  await lab.at('race').waitFor();
  await lab.at('race').waitFor({ state: 'hidden', timeout: 60_000 });
  await lab.state('finished');
  await segment(lab, 'History');
  const kept = (await lab.at('run-facts').allInnerTexts()).map((text) => text.trim().split(/\s+/).at(-1));
  assert.equal(kept.length, 4);
  assert.equal(kept.filter((print) => rival.startsWith(print)).length, 2, `alone and in the race at seed 5: ${kept}`);
});

test('a race with own files: the rival reads them itself, and the change it makes is marked on its kept curve', async () => {
  const lab = await app.open('epochs=12&batch=5&workers=2');
  const digits = cycle(240, 4);
  await lab.at('import-images').setInputFiles(file('i.gz', images(digits)));
  await lab.at('import-labels').setInputFiles(file('l.gz', labels(digits)));
  await lab.until('data-state', (text) => text === '200 training, 40 test images', { what: 'the files' });
  await lab.page.evaluate(() => (location.hash += '&changes=40:lr:0.0005'));
  await lab.until('planned-changes', (text) => text.includes('0.0005'), { what: 'the planned change' });
  await train(lab);
  await lab.page.evaluate(() => (location.hash = location.hash.replace(/&changes=[^&]*/, '')));
  await lab.at('planned-changes').waitFor({ state: 'hidden' });
  await segment(lab, 'History');
  await lab.at('race-run').last().click();
  await segment(lab, 'Curves');
  await lab.at('race').waitFor({ state: 'hidden', timeout: 60_000 });
  await lab.state('finished');
  assert.equal(await lab.errorText(), '');
  await segment(lab, 'History');
  const kept = await lab.at('run-facts').allInnerTexts();
  const prints = kept.map((text) => text.trim().split(/\s+/).at(-1));
  assert.equal(prints.filter((print) => print === prints.at(-1)).length, 2, `the rival ends with the bits of its settings: ${kept.join('; ')}`);
  await segment(lab, 'Curves');
  const cursor = lab.at('cursor-loss');
  await cursor.focus();
  await lab.page.keyboard.press('Home');
  const said = [];
  for (let step = 0; step < 60 && !said.at(-1)?.includes('changed lr'); step++) {
    said.push(await cursor.getAttribute('aria-valuetext'));
    await lab.page.keyboard.press('ArrowRight');
  }
  assert.match(said.at(-1), /^step 40 .*then changed lr 0\.0005/);
});

/** Waits until both race: the own run waits for the rival's data. */
async function begun(lab) {
  await lab.page.locator('[data-testid="race-pause"]:enabled').waitFor({ timeout: 60_000 });
  await lab.steps(2);
}

for (const viewport of SIZES) test(`a race pauses, goes on and stops at ${viewport.width} px`, async () => {
  const lab = await app.open('limit=6000&epochs=20&workers=2', { viewport });
  await lab.click('train');
  await lab.steps(2);
  await lab.click('pause');
  await lab.state('paused');
  await lab.tab('train');
  await lab.page.locator('#setting-lr').fill('0.003');
  await lab.page.locator('#setting-lr').blur();
  await lab.tab('results');
  await lab.click('race-before');
  const race = lab.at('race');
  await begun(lab);
  await lab.click('race-pause');
  await lab.state('paused');
  await lab.until('race-pause', (text) => text === 'Resume', { what: 'both to pause' });
  const rival = () => race.getByRole('progressbar').nth(1).getAttribute('aria-valuenow');
  const [step, share] = [await lab.number('global-step'), await rival()];
  await lab.page.waitForTimeout(500);
  assert.equal(await lab.number('global-step'), step);
  assert.equal(await rival(), share);
  await lab.click('race-pause');
  await lab.steps(step + 1);
  await lab.click('race-stop');
  await race.waitFor({ state: 'hidden' });
  assert.equal(await lab.read('run-state'), 'training', 'the own run goes on');
  await lab.click('pause');
});

for (const viewport of SIZES) {
  test(`axe-core: a race at ${viewport.width} px`, async () => {
    const lab = await app.open('limit=6000&epochs=20&workers=1', { viewport });
    await lab.click('train');
    await lab.steps(2);
    await segment(lab, 'History');
    await lab.click('pause');
    await lab.at('race-run').first().click();
    await segment(lab, 'Curves');
    await begun(lab);
    assert.deepEqual(await violations(lab.page), []);
    await lab.click('race-stop');
    await lab.click('pause');
  });
}
