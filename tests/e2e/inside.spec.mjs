// Inside: maps follow the drawing, an opened layer learns before one's eyes, an explained number adds up, and the time
// machine goes back to what the network was.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { late } from './lib/late.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();
const NARROW = { width: 390, height: 844 };

/** Opens a layer's view. */
async function open(lab, layer) {
  await lab.tab('network');
  await lab.at(`layer-${layer}`).getByRole('button').click();
  await lab.at('layer-view').waitFor();
}

/** The fingerprint of what a canvas shows. */
const print = async (lab, id) => (await lab.canvases(`[data-testid="${id}"]`))[0].print;

/** Waits until a canvas shows something else than before. */
async function changed(lab, id, before, timeout = 10_000) {
  for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(50)) {
    const now = await print(lab, id);
    if (now !== before) return now;
  }
  throw new Error(`${id} did not change within ${timeout} ms`);
}

/** The numbers of every element of a name. */
const numbers = async (lab, id) => (await lab.at(id).allTextContents()).map((text) => (text === '·' ? 0 : Number(text)));

const sum = (all) => all.reduce((a, b) => a + b, 0);

/** Waits until the explanation is about a place. */
const explained = (lab, place) => lab.until('explained-place', (text) => text === place, { timeout: 5000, what: place });

/** Keys, and the pointer on two cells, lead the explanation on. */
async function moves(lab, keys) {
  await lab.at('maps').focus();
  for (const [key, place] of keys) {
    await lab.page.keyboard.press(key);
    await explained(lab, place);
  }
  const { width, height } = await lab.page.locator('.maps canvas').boundingBox();
  const seen = new Set([await lab.read('explained-place')]);
  // Between two maps there is nothing to point at.
  for (let share = 0.1; share < 0.5 && seen.size < 3; share += 0.03) {
    await lab.page.locator('.maps canvas').hover({ position: { x: share * width, y: share * height } });
    await sleep(200);
    seen.add(await lab.read('explained-place'));
  }
  assert.ok(seen.size >= 3, `the pointer leads to ${[...seen]}`);
  // The last of them may be explained only now.
  await lab.settled(() => lab.read('explained-place'));
}

test('another digit gives every layer other maps', async () => {
  const lab = await app.open();
  const maps = async (digit) => {
    await lab.click('clear');
    await lab.draw(DIGITS[digit]);
    await lab.answer();
    return (await lab.canvases('.layer canvas')).map((canvas) => canvas.print);
  };
  const [one, eight, again] = [await maps(1), await maps(8), await maps(1)];
  assert.equal(one.length, 9);
  assert.ok(one.every((map, layer) => map !== eight[layer]), 'every layer tells 1 from 8');
  assert.deepEqual(one, again, 'the same drawing gives the same maps');
});

test('the whole network is seen without scrolling at 1440x900', async () => {
  const lab = await app.open();
  await lab.draw(DIGITS[3]);
  await lab.answer();
  const hidden = await lab.page.locator('.layers').evaluate((list) => list.scrollHeight - list.clientHeight);
  assert.ok(hidden <= 0, `${hidden} px are below the fold`);
});

test('the pointer and the keyboard enlarge a map', async () => {
  const lab = await app.open();
  await lab.draw(DIGITS[5]);
  await lab.answer();
  await lab.at('layer-0').locator('canvas').hover({ position: { x: 10, y: 10 }, force: true });
  await lab.until('lens', (text) => text.startsWith('channel 0'), { timeout: 3000, what: 'channel 0' });
  await lab.page.mouse.move(700, 5);
  await lab.at('lens').waitFor({ state: 'hidden' });
  await lab.page.keyboard.press('Tab');
  await lab.at('layer-0').getByRole('button').focus();
  await lab.page.keyboard.press('ArrowRight');
  await lab.until('lens', (text) => text.startsWith('channel 1'), { timeout: 3000, what: 'channel 1' });
  assert.equal(await lab.read('global-step'), '0', 'the arrow is the lens\'s here');
});

test('an opened layer\'s filters and histograms change while it learns', async () => {
  const lab = await app.open('limit=6000&epochs=50');
  await lab.draw(DIGITS[7]);
  await lab.answer();
  await lab.click('train');
  await lab.steps(3);
  await open(lab, 2);
  await lab.at('weights-weight').waitFor();
  const views = ['weights-weight', 'spread-gradients', 'spread-activations', 'spread-weights'];
  const before = await Promise.all(views.map((view) => print(lab, view)));
  for (const [place, view] of views.entries()) await changed(lab, view, before[place]);
  await lab.at('layer-moment').focus();
  await lab.page.keyboard.press('Home');
  await lab.until('layer-moment-shown', (text) => text === 'step 0', { timeout: 5000, what: 'step 0' });
  // The page looks four times a second at most, and sees other weights each time until it looks at those of step 0.
  const start = await lab.settled(() => print(lab, 'weights-weight'), { every: 500 });
  assert.match(await lab.page.locator('.layer-facts .kept').textContent(), /^\d+ kept, \d+(\.\d+)? MB$/);
  assert.ok(await lab.page.locator('.layer-facts .kept').isVisible());
  assert.deepEqual(await violations(lab.page), []);
  assert.equal(await lab.read('run-state'), 'training');
  await lab.steps((await lab.number('global-step')) + 5);
  assert.equal(await print(lab, 'weights-weight'), start, 'what was stays as it was while training goes on');
  await lab.page.keyboard.press('End');
  await lab.until('layer-moment-shown', (text) => text === 'now', { timeout: 5000, what: 'now' });
  await changed(lab, 'weights-weight', start);
  assert.match(await lab.read('dead-units'), /^\d+ of 64 dead \(\d+ %\): 0 for all of 32 test images$/);
  assert.deepEqual(await violations(lab.page), []);
  await lab.page.keyboard.press('Escape');
  await lab.at('layer-view').waitFor({ state: 'detached' });
});

test('a number of a convolution, a pool and a dense layer adds up on the page', async () => {
  const lab = await app.open();
  await lab.draw(DIGITS[2]);
  await lab.answer();
  await open(lab, 2);
  await lab.at('maps').focus();
  await lab.page.keyboard.press('ArrowRight');
  await explained(lab, 'channel 0, row 5, column 6');
  const [contributions, total, bias] = [
    // An answer that comes meanwhile draws them anew.
    await lab.settled(() => numbers(lab, 'contribution'), { accept: (all) => all.length > 0 }),
    await lab.number('explained-sum'),
    await lab.number('explained-bias'),
  ];
  assert.ok(Math.abs(sum(contributions) - total) < 0.001, `${contributions} add up to ${total}`);
  const [window, kernel, products] = [await numbers(lab, 'window'), await numbers(lab, 'kernel'), await numbers(lab, 'product')];
  assert.equal(products.length, 9);
  products.forEach((product, tap) => assert.ok(Math.abs(window[tap] * kernel[tap] - product) < 0.01));
  assert.ok(Math.abs(sum(products) - contributions[0]) < 0.01, 'the strongest channel is shown');
  const result = await lab.number('explained-result');
  assert.ok(Math.abs(Math.max(0, total + bias) - result) < 0.001, 'relu of sum and bias');
  assert.equal(await lab.number('explained-output'), result);
  await moves(lab, [
    ['ArrowDown', 'channel 0, row 6, column 6'],
    ['ArrowLeft', 'channel 0, row 6, column 5'],
    ['ArrowUp', 'channel 0, row 5, column 5'],
    ['Shift+ArrowRight', 'channel 1, row 5, column 5'],
  ]);
  await lab.page.keyboard.press('Escape');

  await open(lab, 1);
  await lab.at('explained-result').waitFor();
  await moves(lab, [
    ['ArrowUp', 'channel 0, row 5, column 6'],
    ['ArrowRight', 'channel 0, row 5, column 7'],
  ]);
  // Both are rounded where they are shown.
  const [largest, picked] = [Math.max(...(await numbers(lab, 'window'))), await lab.number('explained-result')];
  assert.ok(Math.abs(largest - picked) <= 0.001, `${picked} of a window whose largest is ${largest}`);
  await lab.page.keyboard.press('Escape');

  await open(lab, 7);
  await lab.at('contribution').first().waitFor();
  const place = await lab.read('explained-place');
  await lab.at('maps').focus();
  await lab.page.keyboard.press('ArrowRight');
  await lab.until('explained-place', (text) => text !== place, { timeout: 5000, what: 'the next unit' });
  assert.ok(Math.abs(sum(await numbers(lab, 'contribution')) - (await lab.number('explained-sum'))) < 0.002);
  assert.equal(await lab.number('explained-output'), await lab.number('explained-result'), 'softmax, too');
});

test('the time machine shows what the network was, and leads back', async () => {
  const lab = await app.open('limit=6000&epochs=1');
  await lab.draw(DIGITS[4]);
  await lab.answer();
  await lab.click('train');
  await lab.state('finished');
  const now = await lab.answer();
  const maps = async () => (await lab.canvases('.layer canvas')).map((canvas) => canvas.print);
  const latest = await maps();
  const kept = lab.page.locator('.network .kept');
  assert.ok(await kept.isVisible());
  assert.match(await kept.textContent(), /^\d+ kept, \d+(\.\d+)? MB$/);
  const slider = lab.at('moment');
  await slider.focus();
  await lab.page.keyboard.press('Home');
  await lab.until('moment-shown', (text) => text === 'step 0', { timeout: 5000, what: 'step 0' });
  const differs = (text) => text !== String(now.probabilities[now.digit]);
  await lab.until(`probability-${now.digit}`, differs, { timeout: 5000, what: 'another verdict' });
  const start = await lab.answer();
  assert.ok(Math.max(...start.probabilities) < 0.6, 'random weights are sure of nothing');
  const first = await maps();
  assert.ok(latest.slice(1).every((map, layer) => map !== first[layer + 1]), 'every layer gives other maps');
  assert.deepEqual(await violations(lab.page), []);
  await lab.page.getByRole('button', { name: 'Back to now' }).first().click();
  await lab.until('moment-shown', (text) => text === 'now', { timeout: 5000, what: 'now' });
  const back = String(now.probabilities[now.digit]);
  await lab.until(`probability-${now.digit}`, (text) => text === back, { timeout: 5000, what: back });
  assert.deepEqual(await lab.answer(), now);
  assert.deepEqual(await maps(), latest);
});

test('the time machine stays where it was led, however late the answers come', async () => {
  const lab = await app.open('limit=640', { script: late });
  for (const step of [1, 2, 3]) {
    await lab.click('step');
    await lab.steps(step);
  }
  const kept = lab.page.locator('.network .kept');
  await lab.becomes(() => kept.textContent(), /^4 kept/, 'the moments');
  await lab.page.evaluate(() => {
    const shown = document.querySelector('[data-testid="moment-shown"]');
    window.shown = [];
    new MutationObserver(() => window.shown.push(shown.textContent)).observe(shown, { characterData: true, childList: true, subtree: true });
    window.deafen();
  });
  await lab.at('moment').focus();
  for (const key of ['Home', 'ArrowRight', 'ArrowRight']) await lab.page.keyboard.press(key);
  await lab.page.evaluate(() => window.hear());
  // Answered after them.
  await lab.click('step');
  await lab.steps(4);
  assert.deepEqual(await lab.page.evaluate(() => window.shown), ['step 0', 'step 1', 'step 2']);
});

for (const colorScheme of ['light', 'dark']) {
  test(`an opened layer on a phone, ${colorScheme}: nothing sideways, axe-core finds nothing`, async () => {
    const lab = await app.open('', { viewport: NARROW, colorScheme });
    await lab.draw(DIGITS[6]);
    await lab.answer();
    for (const layer of [0, 2, 6]) {
      await open(lab, layer);
      await lab.at('weights-weight').waitFor();
      assert.deepEqual(await violations(lab.page), [], `layer ${layer}`);
      const sideways = await lab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(sideways <= 0, `${sideways} px sideways`);
      await lab.page.keyboard.press('Escape');
    }
  });
}
