// What the page tells has a place of its own: nothing that matters moves or is covered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAYERS } from './lib/recipe.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const BAD = 'preset=nonsense&epochs=many&lr=fast';

/** Where an element of that CSS selector lies. */
const box = (lab, selector) => lab.page.locator(selector).evaluate((element) => element.getBoundingClientRect().toJSON());

for (const viewport of [{ width: 1440, height: 900 }, { width: 1024, height: 768 }]) {
  const size = `${viewport.width} x ${viewport.height}`;

  test(`a notice moves and covers nothing at ${size}, and goes by the keyboard`, async () => {
    const lab = await app.open(BAD, { viewport });
    await lab.error();
    await lab.weightsHash();
    const notice = await box(lab, '.told');
    assert.ok(notice.top >= 0 && notice.bottom <= viewport.height, `all of it is seen: ${notice.top} to ${notice.bottom}`);
    const parts = ['.transport', '.network', '.results', '.place-draw', '[data-testid="drawing-pad"]'];
    const beside = [...parts, '.place-train'];
    for (const part of beside) {
      const { left, right, top, bottom } = await box(lab, part);
      const apart = right <= notice.left || left >= notice.right || bottom <= notice.top || top >= notice.bottom;
      assert.ok(apart, `${part} is covered`);
    }
    const places = async () => Object.fromEntries(await Promise.all(parts.map(async (part) => [part, await box(lab, part)])));
    const told = await places();
    // The last of the settings is still within reach.
    await lab.at('weights-hash').scrollIntoViewIfNeeded();
    assert.ok((await box(lab, '[data-testid="weights-hash"]')).bottom <= notice.top);
    await lab.page.locator('.notice .tool').focus();
    await lab.page.keyboard.press('Enter');
    await lab.at('error').waitFor({ state: 'detached' });
    assert.deepEqual(await places(), told);
    const settings = await box(lab, '.place-train');
    assert.equal(settings.bottom, (await box(lab, '.results')).bottom, 'the settings have their room again');
  });

  test(`all layers of the recipe are seen without scrolling at ${size}`, async () => {
    const lab = await app.open('preset=nonsense', { viewport });
    await lab.error();
    await lab.weightsHash();
    const { top, bottom } = await box(lab, '.layers');
    for (const row of ['layer-input', ...LAYERS.map((_, layer) => `layer-${layer}`)]) {
      const { top: from, bottom: to } = await box(lab, `[data-testid="${row}"]`);
      assert.ok(from >= top && to <= bottom, `${row} lies from ${from} to ${to}, the rows from ${top} to ${bottom}`);
    }
  });
}

test('a phone has the notice above what it shows, as wide as that', async () => {
  const lab = await app.open(BAD, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await lab.error();
  for (const tab of ['draw', 'train', 'network', 'results']) {
    await lab.at(`tab-${tab}`).tap();
    const [bar, notice, place] = [await box(lab, '.transport'), await box(lab, '.notice'), await box(lab, `#place-${tab}`)];
    assert.ok(notice.top >= bar.bottom && notice.bottom <= place.top, `under ${tab}`);
    assert.deepEqual([notice.left, notice.right], [place.left, place.right], `under ${tab}`);
  }
});
