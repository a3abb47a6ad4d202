// Views of a moment: they work while the run trains, which goes on meanwhile and to the same weights.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { cycle, file, images, labels } from './lib/idx.mjs';
import { measure, segment, train } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();
const RUN = 'limit=6000&workers=2&epochs=2';

/** Measures, and gives how many steps the run took meanwhile. */
async function stepsBeside(lab, id) {
  const before = await lab.number('global-step');
  await measure(lab, id);
  return (await lab.number('global-step')) - before;
}

test('map, neighbours, robustness, ascent and counts in training: it goes on, answers come, and no bit changes', async (t) => {
  const lab = await app.open(RUN);
  const alone = await train(lab);
  // Longer, so that the views find it training; its first two epochs are the same run.
  const long = await app.open(RUN.replace('epochs=2', 'epochs=60'));
  await long.draw(DIGITS[3]);
  await long.answer();
  await long.click('train');
  await long.steps(10);
  await long.click('open-why');
  await long.until('explained', (text) => text.includes('score'), { what: 'an explanation' });
  const views = [
    ['why', 'index-training', 'indexed', /^Your model, step [\d,]+/],
    ['points', 'find-points', 'map-axes', /^Your model, step [\d,]+/],
    ['confusion', 'count-answers', 'confusion-facts', /^Your model, step [\d,]+: [\d,]+ of 10,000 right/],
    ['robustness', 'measure-robustness', 'robustness-facts', /^Your model, step [\d,]+/],
  ];
  for (const [view, button, facts, wanted] of views) {
    await long.click(`study-${view}`);
    const steps = await stepsBeside(long, button);
    t.diagnostic(`${view}: ${steps} steps meanwhile`);
    assert.ok(steps > 0, `${view}: training goes on`);
    assert.match(await long.read(facts), wanted);
    assert.equal(await long.read('run-state'), 'training');
  }
  await long.click('study-ascent');
  await measure(long, 'ascend');
  assert.equal(await long.read('ascent-step'), '500');
  assert.equal(await long.read('run-state'), 'training');
  assert.deepEqual(await violations(long.page), []);

  await lab.click('reset');
  await lab.state('idle');
  await lab.click('train');
  await lab.steps(5);
  await segment(lab, 'Evaluation');
  await lab.click('open-confusion');
  await lab.click('count-answers');
  await lab.state('finished');
  assert.equal(await lab.weightsHash(), alone);
});

test("the shipped model's errors before any training: one click", async () => {
  const lab = await app.open('');
  await lab.weightsHash();
  await segment(lab, 'Evaluation');
  await lab.click('open-confusion');
  await measure(lab, 'count-answers');
  assert.match(await lab.read('confusion-facts'), /^Shipped model: 9,9\d\d of 10,000 right, test loss 0\.1\d+$/);
  await lab.click('study-calibration');
  assert.match(await lab.read('ece'), /^0\.\d{4}$/);
});

test("an image of a cell opens right while another data set is shown", async () => {
  const lab = await app.open('limit=1000&epochs=1');
  await train(lab);
  const digits = cycle(60, 3);
  await lab.at('import-images').setInputFiles(file('i.gz', images(digits)));
  await lab.at('import-labels').setInputFiles(file('l.gz', labels(digits)));
  await lab.until('data-state', (text) => text.startsWith('50 training'), { what: 'the files' });
  await segment(lab, 'Evaluation');
  await lab.click('open-confusion');
  await lab.click('cell-9-9');
  const first = lab.page.locator('[data-testid="cell-images"] button').first();
  await first.waitFor();
  await first.click();
  await lab.until('test-label', (text) => text === '9', { what: 'the label of the cell' });
  assert.equal(await lab.digit(), 9);
  assert.ok(await lab.at('test-index').isDisabled());
});

test('why: the pictures lie over the image, or by themselves', async () => {
  const lab = await app.open('');
  await lab.weightsHash();
  await lab.draw(DIGITS[5]);
  await lab.answer();
  await lab.click('open-why');
  await lab.until('explained', (text) => text.includes('score'), { what: 'an explanation' });
  const prints = async () => (await lab.canvases('[data-testid^="why-"][role="img"]')).map(({ print }) => print);
  await lab.frame();
  const over = await prints();
  await lab.at('why-overlay').focus();
  await lab.page.keyboard.press('Space');
  const same = async () => (await prints()).map((print, i) => print === over[i]);
  await lab.becomes(same, [true, false, false, false], 'pictures that are as they were');
});
