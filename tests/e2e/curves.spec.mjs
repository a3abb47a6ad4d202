// The curves: what they show, along what, which part, the values under the cursor, and the same as files.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { segment } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const STEPS = 2 * Math.ceil(1000 / 64);

/** A page with a finished run of 32 steps, on the curves. */
async function finished(options) {
  const lab = await app.open('limit=1000&epochs=2&workers=1', options);
  await lab.click('train');
  await lab.state('finished');
  await lab.tab('results');
  return lab;
}

/** What the cursor of a chart says: its text, and the step. */
async function cursor(lab, quantity = 'loss') {
  const at = lab.at(`cursor-${quantity}`);
  const [text, step] = await Promise.all(['aria-valuetext', 'aria-valuenow'].map((name) => at.getAttribute(name)));
  return { text, step: Number(step) };
}

/** The pixels of a chart, as one number. */
const print = async (lab, quantity) => (await lab.canvases(`[data-testid="chart-${quantity}"]`))[0].print;

/** Waits until a chart shows something else than before. */
async function redrawn(lab, before) {
  for (const start = Date.now(); Date.now() - start < 10_000; ) {
    const now = await print(lab, 'loss');
    if (now !== before) return now;
    await lab.page.waitForTimeout(20);
  }
  assert.fail('the chart shows what it showed before');
}

/** The bytes of what a click downloads. */
async function download(lab, id) {
  await lab.click('chart-options');
  const [file] = await Promise.all([lab.page.waitForEvent('download'), lab.click(id)]);
  await lab.page.keyboard.press('Escape');
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

for (const viewport of SIZES) test(`the cursor reads exact values by keyboard, and both charts share it at ${viewport.width} px`, async () => {
  const lab = await finished({ viewport });
  await lab.at('cursor-loss').focus();
  await lab.page.keyboard.press('End');
  assert.equal((await cursor(lab)).step, STEPS);
  await lab.page.keyboard.press('ArrowLeft');
  const { text, step } = await cursor(lab);
  assert.equal(step, STEPS - 1);
  assert.match(text, /^step 31 · epoch 1\.94 · [\d.]+ s, this step \d\.\d{4}, smoothed \d\.\d{4}, val, epoch 1 \d\.\d{4}$/);
  assert.equal((await cursor(lab, 'accuracy')).step, step);
  await lab.page.keyboard.press('Home');
  assert.equal((await cursor(lab)).step, 1);
  assert.equal(await lab.number('global-step'), STEPS, 'the arrow keys took no step');
});

test('the cursor follows the pointer', async () => {
  const lab = await finished();
  const { x, y, width, height } = await lab.at('cursor-accuracy').boundingBox();
  await lab.page.mouse.move(x + width * 0.75, y + height / 2);
  const { step } = await cursor(lab);
  assert.ok(step > STEPS / 2 && step < STEPS, `step ${step}`);
  await lab.page.mouse.move(x + width / 2, y - 200);
  assert.equal((await cursor(lab)).text, 'No step chosen');
});

test('zoom: dragged, turned, by key, and back', async () => {
  const lab = await finished();
  const whole = await print(lab, 'loss');
  const all = lab.at('zoom-all');
  const { x, y, width, height } = await lab.at('cursor-loss').boundingBox();
  const zoomed = async (what) => {
    await all.waitFor();
    assert.notEqual(await print(lab, 'loss'), whole, what);
  };
  await lab.page.mouse.move(x + width * 0.4, y + height / 2);
  await lab.page.mouse.down();
  await lab.page.mouse.move(x + width * 0.8, y + height / 2, { steps: 4 });
  await lab.page.mouse.up();
  await zoomed('a part was dragged');
  await lab.page.mouse.dblclick(x + width / 2, y + height / 2);
  await all.waitFor({ state: 'hidden' });
  assert.equal(await print(lab, 'loss'), whole, 'a double click shows all');

  await lab.page.keyboard.down('Control');
  await lab.page.mouse.wheel(0, -200);
  await lab.page.keyboard.up('Control');
  await zoomed('the wheel was turned');
  await all.click();
  await all.waitFor({ state: 'hidden' });

  await lab.at('cursor-loss').focus();
  await lab.page.keyboard.press('+');
  await zoomed('+ was pressed');
  await lab.page.keyboard.press('End');
  const { step } = await cursor(lab);
  assert.ok(step < STEPS, `the last step shown is ${step}`);
  await lab.page.keyboard.press('Escape');
  await all.waitFor({ state: 'hidden' });
});

for (const viewport of SIZES) test(`log axis, smoothing and a changed rate show on the chart at ${viewport.width} px`, async () => {
  const lab = await app.open('limit=640&epochs=9&workers=1', { viewport });
  await lab.weightsHash();
  await lab.page.keyboard.press('Shift+ArrowRight');
  await lab.steps(10);
  await lab.state('paused');
  await lab.tab('results');
  const options = lab.page.locator('#chart-options');
  await lab.click('chart-options');
  const linear = await print(lab, 'loss');
  await options.getByLabel('Log axis').check();
  const log = await redrawn(lab, linear);
  await options.getByLabel('Smoothing').press('Home');
  const rough = await redrawn(lab, log);
  await lab.page.keyboard.press('Escape');

  await lab.tab('train');
  await lab.page.locator('#setting-lr').fill('0.003');
  await lab.click('apply-lr');
  await lab.at('made-changes').getByText('learning rate 0.003').waitFor();
  await lab.click('step');
  await lab.steps(11);
  await lab.tab('results');
  const stepped = await redrawn(lab, rough);
  await lab.click('chart-options');
  assert.ok(await options.getByLabel('Log axis').isChecked());
  assert.equal(await options.getByLabel('Smoothing').inputValue(), '0');
  await options.getByLabel('Log axis').uncheck();
  await redrawn(lab, stepped);
  await lab.page.keyboard.press('Escape');
  await lab.at('cursor-loss').focus();
  await lab.page.keyboard.press('End');
  await lab.page.keyboard.press('ArrowLeft');
  assert.match((await cursor(lab)).text, /^step 10 .*then changed lr 0\.003/);
});

test('charts show other quantities, along epochs and time, also after a reload', async () => {
  const lab = await finished();
  const byStep = await print(lab, 'loss');
  await lab.at('along').selectOption('time');
  assert.notEqual(await print(lab, 'loss'), byStep, 'along time');
  await lab.at('along').selectOption('epoch');
  assert.notEqual(await print(lab, 'loss'), byStep, 'along epochs');
  for (const quantity of ['learning_rate', 'gradient_norm', 'weight_norm', 'dead_units']) {
    await lab.at('chart-choice-2').selectOption(quantity);
    const [chart] = await lab.canvases(`[data-testid="chart-${quantity}"]`);
    assert.ok(chart.colours > 2, `${quantity} is drawn`);
    assert.match(await lab.read(`latest-${quantity}`), /^\d+(\.\d+)?$/);
    assert.ok((await lab.number('val-accuracy')) > 0, 'the figures of the contract stay');
  }
  await lab.page.reload();
  await lab.weightsHash();
  assert.equal(await lab.at('along').inputValue(), 'epoch');
  assert.equal(await lab.at('chart-choice-2').inputValue(), 'dead_units');
});

test('the CSV has the numbers of the page, and the PNG is a picture', async () => {
  const lab = await finished();
  const csv = await download(lab, 'download-csv');
  assert.equal(csv.name, 'digit-lab.csv');
  const [head, ...lines] = csv.bytes.toString().trim().split('\n').map((line) => line.split(','));
  assert.equal(lines.length, STEPS);
  const value = (line, name) => Number(line[head.indexOf(name)]);
  const last = lines.at(-1);
  for (const [name, id] of Object.entries({
    epoch_loss: 'train-loss', epoch_accuracy: 'train-accuracy', val_loss: 'val-loss', val_accuracy: 'val-accuracy',
  })) {
    assert.equal(value(last, name).toFixed(4), await lab.read(id), name);
  }
  await lab.at('cursor-loss').focus();
  for (const key of ['Home', 'PageUp', 'ArrowRight', 'End']) {
    await lab.page.keyboard.press(key);
    const { text, step } = await cursor(lab);
    assert.ok(text.includes(`this step ${value(lines[step - 1], 'loss').toFixed(4)}`), `step ${step}: ${text}`);
  }
  const png = await download(lab, 'download-png');
  assert.equal(png.name, 'digit-lab.png');
  assert.deepEqual([...png.bytes.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  assert.ok(png.bytes.readUInt32BE(16) > 2000 && png.bytes.readUInt32BE(20) > 600, 'its size');
});

test('the course is there as a table', async () => {
  const lab = await finished();
  await segment(lab, 'Evaluation');
  await lab.click('course');
  const rows = lab.at('course-table').locator('tbody tr');
  await lab.becomes(() => rows.count(), STEPS, 'rows of the table');
  assert.equal(await rows.last().locator('th').textContent(), String(STEPS));
  assert.match(await rows.last().innerText(), /^32\s+2\.00\s+[\d.]+\s+\d\.\d{4}\s+\d\.\d{4}\s+0\.001\s+[\d.]+\s+[\d.]+$/);
});

for (const viewport of SIZES) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe-core: charts at ${viewport.width} px, ${colorScheme}`, async () => {
      const lab = await finished({ viewport, colorScheme });
      const check = async (state) => assert.deepEqual(await violations(lab.page), [], state);
      await lab.at('cursor-loss').focus();
      await lab.page.keyboard.press('End');
      await lab.page.keyboard.press('+');
      await check('zoomed, with the cursor');
      await lab.click('chart-options');
      await check('options open');
      await lab.page.keyboard.press('Escape');
      await segment(lab, 'Evaluation');
      await lab.click('course');
      await lab.at('course-table').waitFor();
      await check('the course as a table');
    });
  }
}
