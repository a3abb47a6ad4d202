// The guided tour: seven steps on the live page, by keyboard, never over what it points at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const STOPS = ['Data', 'Model', 'Initialisation', 'Forward pass', 'Backward pass', 'Optimisation', 'Evaluation'];
const SIZES = [[1440, 900, 'light'], [1024, 768, 'light'], [390, 844, 'dark']];

for (const [width, height, colorScheme] of SIZES) {
  test(`by keyboard to the end at ${width} px`, async () => {
    const lab = await app.open('limit=640&epochs=1', { viewport: { width, height }, colorScheme });
    const key = (name) => lab.page.keyboard.press(name);
    await lab.weightsHash();
    await key('?');
    await lab.at('tour-from-help').focus();
    await key('Enter');
    await lab.at('tour-card').waitFor();
    await focused(lab, 'tour-title');
    for (const [index, stop] of STOPS.entries()) {
      await lab.until('tour-stop', (text) => text === stop, { what: stop });
      // The outline moves, and the card with it, in the next frame.
      await lab.frame();
      await lab.page.locator('[data-toured]').waitFor();
      assert.equal(await lab.read('tour-place'), `${index + 1} of 7`);
      assert.deepEqual(await lab.page.evaluate(layout), { covered: false, inside: true }, stop);
      assert.match(await lab.at('tour-source').getAttribute('href'), /^https:\/\/.*\/src\/.*\.rs$/);
      assert.deepEqual(await violations(lab.page), [], stop);
      await key('ArrowRight');
    }
    await lab.at('tour-card').waitFor({ state: 'detached' });
    assert.equal(await lab.page.locator('[data-toured]').count(), 0);
    assert.equal(await lab.number('global-step'), 0, 'no arrow has trained a step');
    assert.equal(await lab.at('tour-offer').count(), 0, 'it is not offered again');
  });
}

test('the page stays usable: the tour shows the run that is trained meanwhile', async () => {
  const lab = await app.open('limit=640&epochs=1');
  await lab.click('tour');
  for (const stop of STOPS.slice(1, 6)) {
    await lab.click('tour-next');
    await lab.until('tour-stop', (text) => text === stop, { what: stop });
  }
  assert.equal(await lab.read('tour-figures'), 'no step yet');
  await lab.page.locator('#setting-optimizer').selectOption('sgd');
  await lab.page.locator('.tour-formulas', { hasText: 'v = 0.9 v' }).waitFor();
  await lab.click('train');
  await lab.until('tour-figures', (text) => text.startsWith('lr = 0.001 at step'), { what: 'the learning rate' });
  await lab.state('finished');
  await lab.click('tour-next');
  await lab.until('tour-figures', (text) => /accuracy 0\.\d{4}/.test(text), { what: 'an accuracy' });
});

test('back, restart, Escape; nothing moves on the page, and the focus comes back', async () => {
  const lab = await app.open('limit=640', { reducedMotion: 'reduce' });
  await lab.weightsHash();
  const places = () => lab.page.evaluate(() => [...document.querySelectorAll('.panel')].map((p) => p.getBoundingClientRect().width));
  const before = await places();
  await lab.click('tour');
  await lab.at('tour-back').click({ force: true });
  await lab.until('tour-stop', (text) => text === 'Data', { what: 'the first step still' });
  await lab.click('tour-next');
  await lab.click('tour-next');
  await lab.click('tour-back');
  await lab.until('tour-stop', (text) => text === 'Model', { what: 'Model' });
  assert.deepEqual(await places(), before);
  await lab.click('tour-restart');
  await lab.until('tour-stop', (text) => text === 'Data', { what: 'Data' });
  await lab.page.keyboard.press('Escape');
  await lab.at('tour-card').waitFor({ state: 'detached' });
  assert.equal(await lab.page.evaluate(() => document.activeElement.dataset.testid), 'tour');
  // Not in the middle of the data: the browser would tell of a request that ended.
  await lab.page.waitForLoadState('networkidle');
  await lab.page.reload();
  await lab.weightsHash();
  assert.equal(await lab.at('tour-offer').count(), 0);
});

test('left before its card is laid, it leaves the page alive', async () => {
  const lab = await app.open('limit=640');
  await lab.weightsHash();
  await lab.click('tour');
  await lab.until('tour-stop', (text) => text === 'Data', { what: 'the first step' });
  await lab.page.evaluate(async () => {
    const click = (id) => document.querySelector(`[data-testid="${id}"]`).click();
    click('tour-next');
    await Promise.resolve();
    // The card is to be laid in the next frame.
    click('tour-skip');
  });
  await lab.at('tour-card').waitFor({ state: 'detached' });
  await lab.frame();
  await lab.click('train');
  await lab.steps(1);
});

test('a first visit offers it and does no more', async () => {
  const lab = await app.open();
  await lab.at('tour-offer').waitFor();
  assert.equal(await lab.at('tour-card').count(), 0);
  await lab.click('tour-offer');
  await lab.at('tour-card').waitFor();
});

/** Waits for the focus, which a closing dialog gives back first. */
function focused(lab, id) {
  return lab.page.waitForFunction((id) => document.activeElement?.id === id, id);
}

/** In the page: whether the card covers what is seen of the outlined element, and whether it is within the window. */
function layout() {
  const card = document.querySelector('.tour').getBoundingClientRect();
  const target = document.querySelector('[data-toured]');
  const seen = { ...target.getBoundingClientRect().toJSON() };
  for (let box = target.parentElement; box; box = box.parentElement) {
    if (getComputedStyle(box).overflowY === 'visible') continue;
    const area = box.getBoundingClientRect();
    seen.bottom = Math.min(seen.bottom, area.bottom);
    seen.top = Math.max(seen.top, area.top);
  }
  const apart = card.right <= seen.left || card.left >= seen.right || card.bottom <= seen.top + 1 || card.top >= seen.bottom - 1;
  const inside = card.left >= 0 && card.top >= 0 && card.right <= innerWidth && card.bottom <= innerHeight;
  return { covered: !apart || seen.bottom - seen.top < 20, inside };
}
