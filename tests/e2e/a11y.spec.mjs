// axe-core finds nothing to complain about, in any state, size or theme.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { segment } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS, DOUBTFUL } from './lib/strokes.mjs';

const app = stage();
const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];

for (const viewport of SIZES) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe-core at ${viewport.width} px, ${colorScheme}`, async () => {
      const lab = await app.open('limit=6000&epochs=1&epoch=3', { viewport, colorScheme });
      const check = async (state) => assert.deepEqual(await violations(lab.page), [], state);
      await lab.error();
      await check('error shown');
      await lab.draw(DIGITS[8]);
      await lab.answer();
      await checkTabs(lab, 'idle, a digit drawn');

      await lab.page.keyboard.press('?');
      await lab.page.getByRole('dialog').waitFor();
      await check('help open');
      await lab.page.keyboard.press('Escape');

      await lab.click('train');
      await lab.steps(2);
      await check('training');
      await lab.tab('network');
      await lab.at('layer-2').getByRole('button').click();
      await check('a layer opened');
      await lab.page.keyboard.press('Escape');
      await lab.state('finished');
      await checkTabs(lab, 'finished');
      await checkEngine(lab, check);
    });
  }
}

for (const [viewport, colorScheme] of [
  [{ width: 1024, height: 768 }, 'light'],
  [{ width: 1024, height: 768 }, 'dark'],
  [{ width: 390, height: 844 }, 'dark'],
]) {
  const where = `${viewport.width} px, ${colorScheme}`;

  test(`axe-core where a drawing is in doubt, and put right, at ${where}`, async () => {
    const lab = await app.open('', { viewport, colorScheme });
    for (const [said, strokes] of Object.entries(DOUBTFUL)) {
      await lab.click('clear');
      await lab.blank();
      await lab.draw(strokes);
      await lab.until('verdict', (text) => text.startsWith(said), { timeout: 5000, what: said });
      assert.deepEqual(await violations(lab.page), [], said);
    }
  });

  test(`axe-core at a recalled moment, at ${where}`, async () => {
    const lab = await app.open('limit=1280&epochs=1&autostart=1', { viewport, colorScheme });
    await lab.draw(DIGITS[3]);
    await lab.state('finished');
    await lab.tab('network');
    await lab.at('moment').focus();
    await lab.page.keyboard.press('Home');
    await lab.until('moment-shown', (text) => text === 'step 0', { timeout: 5000, what: 'step 0' });
    await checkTabs(lab, 'recalled');
  });
}

/** Checks what is shown, and on a phone every tab. */
async function checkTabs(lab, state) {
  const narrow = await lab.at('tab-draw').isVisible();
  for (const tab of narrow ? ['network', 'results', 'train', 'draw'] : ['whole']) {
    await lab.tab(tab);
    assert.deepEqual(await violations(lab.page), [], `${state}, ${tab}`);
  }
}

/** Checks the Engine tab with everything measured. */
async function checkEngine(lab, check) {
  await segment(lab, 'Engine');
  for (const id of ['measure-engine', 'measure-scaling', 'check-gradients']) {
    const name = await lab.read(id);
    await lab.begin(id);
    await check(`${id} under way`);
    await lab.until(id, (text) => text === name, { what: name, timeout: 90_000 });
  }
  await check('everything measured');
}
