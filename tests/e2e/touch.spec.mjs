// A finger on the pad draws; it does not scroll the page. Elsewhere it scrolls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { swipe } from './lib/touch.mjs';

const app = stage();

test('drawing with a finger does not scroll', async () => {
  // A low window, so that there is something to scroll.
  const lab = await app.open('', { viewport: { width: 390, height: 420 }, hasTouch: true, isMobile: true });
  await lab.at('drawing-pad').waitFor();
  const [stroke] = await lab.onPad([line([0.5, 0.8], [0.5, 0.2])]);
  const before = await lab.scrolled();
  await swipe(lab.page, stroke);
  assert.equal(await lab.scrolled(), before, 'the pad keeps the finger');
  await lab.answer();

  const [x, y] = stroke[0];
  const { width } = await lab.at('drawing-pad').boundingBox();
  // Within a few pixels, Chromium takes a finger beside what can be focused for one on it.
  const beside = x - width / 2 - 12;
  await swipe(lab.page, line([beside, y], [beside, y - 200]));
  await lab.becomes(async () => (await lab.scrolled()) !== before, true, 'beside the pad the same move scrolls');
});

/** Points from one to another. */
function line([x0, y0], [x1, y1], steps = 12) {
  return Array.from({ length: steps + 1 }, (_, i) => [x0 + ((x1 - x0) * i) / steps, y0 + ((y1 - y0) * i) / steps]);
}
