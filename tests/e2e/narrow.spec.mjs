// A phone, 390 px wide: everything within reach by the tabs, nothing sideways, nothing too small for a finger.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAYERS } from './lib/recipe.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const TABS = {
  draw: ['drawing-pad', 'clear', 'undo', 'predicted-digit', 'probability-0', 'probability-9'],
  train: ['worker-count', 'simd-tier', 'weights-hash'],
  network: ['param-count', ...LAYERS.map((_, layer) => `layer-${layer}`)],
  results: ['train-loss', 'val-accuracy', 'test-accuracy', 'chart-loss', 'chart-accuracy', 'evaluate'],
};

test('every part is one tab away, with nothing sideways and targets of 44 px', async () => {
  const lab = await app.open('', PHONE);
  await lab.state('idle');
  for (const [tab, parts] of Object.entries(TABS)) {
    await lab.at(`tab-${tab}`).tap();
    for (const part of [...parts, 'train', 'step', 'reset']) {
      await lab.at(part).first().scrollIntoViewIfNeeded();
      assert.ok(await lab.at(part).first().isVisible(), `${part} under ${tab}`);
    }
    assert.deepEqual(await lab.page.evaluate(sideways), [], `sideways under ${tab}`);
    assert.deepEqual(await lab.page.evaluate(smallTargets), [], `small targets under ${tab}`);
  }
});

test('the pad and all ten answers are seen at once, and their names lie beside each other', async () => {
  const lab = await app.open('', PHONE);
  await lab.weightsHash();
  const box = (locator) => locator.evaluate((element) => element.getBoundingClientRect().toJSON());
  const [pad, last, tabs] = [await box(lab.at('drawing-pad')), await box(lab.at('probability-9')), await box(lab.at('tab-draw'))];
  assert.ok(pad.top >= 0 && last.bottom <= tabs.top, `the pad from ${pad.top}, the last answer to ${last.bottom}, the tabs from ${tabs.top}`);
  const seen = await lab.page.locator('.seen figcaption').evaluate((caption) => {
    const text = document.createRange();
    text.selectNodeContents(caption);
    return text.getBoundingClientRect().right;
  });
  const answers = await box(lab.page.locator('.probabilities'));
  assert.ok(seen <= answers.left, `what the network sees is named up to ${seen}, the answers begin at ${answers.left}`);
});

/** In the page: what is wider than the window, or sticks out of it, and is not a scroller of its own. */
function sideways() {
  const root = document.scrollingElement;
  return root.scrollWidth > root.clientWidth ? [`page is ${root.scrollWidth} px wide`] : [];
}

/** In the page: what can be tapped, is visible, and is smaller than 44 px either way. */
function smallTargets() {
  const controls = document.querySelectorAll('button, a[href], input, select, summary, [role=button], [role=tab]');
  return [...controls].flatMap((control) => {
    // A label around or beside a control is its target too.
    const boxes = [control, ...(control.labels ?? [])].map((element) => element.getBoundingClientRect());
    const visible = control.checkVisibility({ visibilityProperty: true }) && boxes[0].width > 1;
    const large = boxes.some(({ width, height }) => width >= 43.5 && height >= 43.5);
    return visible && !large ? [`${control.outerHTML.slice(0, 100)}: ${boxes[0].width} x ${boxes[0].height}`] : [];
  });
}
