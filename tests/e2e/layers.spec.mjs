// Every layer's activations of the current drawing, and other ones for another drawing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAYERS } from './lib/recipe.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();

test('every layer shows its activations, different for two digits', async () => {
  const lab = await app.open();
  const [one, eight] = [await activations(lab, 1), await activations(lab, 8)];
  LAYERS.forEach(([name], layer) => {
    assert.ok(one[layer].length > 0, `layer ${layer} (${name}) has maps`);
    assert.equal(one[layer].length, eight[layer].length);
    assert.ok(eight[layer].some(({ colours }) => colours > 1), `layer ${layer} (${name}) shows something`);
    assert.notDeepEqual(one[layer], eight[layer], `layer ${layer} (${name}) tells 1 from 8`);
  });
});

async function activations(lab, digit) {
  await lab.click('clear');
  await lab.draw(DIGITS[digit]);
  await lab.answer();
  return Promise.all(
    LAYERS.map((_, layer) => lab.canvases(`[data-testid="layer-${layer}"] canvas[data-testid="activation"]`)),
  );
}
