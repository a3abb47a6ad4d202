// The model's editor: by mouse, finger and keyboard; what does not fit says so and cannot be started.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { violations } from './lib/axe.mjs';
import { Builder } from './lib/builder.mjs';
import { PARAMS } from './lib/recipe.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';
import { swipe } from './lib/touch.mjs';

const app = stage();
const WIDE = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const KINDS = ['Conv2D', 'MaxPooling2D', 'Conv2D', 'MaxPooling2D', 'Conv2D', 'Flatten', 'Dense', 'Dense'];

/** The editor, with the run of its model ready. */
async function builder(hash = 'limit=640', options = WIDE) {
  const lab = await app.open(hash, options);
  await lab.weightsHash();
  await lab.tab('train');
  return { lab, model: new Builder(lab) };
}

/** The middle of an element, in the window. */
async function middle(element) {
  const { x, y, width, height } = await element.boundingBox();
  return [x + width / 2, y + height / 2];
}

/** Waits until the run has that many parameters. */
const params = (lab, count) => lab.until('param-count', (text) => text === String(count), { what: count });

test('rows say what the layers are and follow what is typed', async () => {
  const { lab, model } = await builder();
  assert.deepEqual(await model.kinds(), KINDS);
  assert.equal(await model.says(0), 'Conv2D 32, 3x3, relu 26x26x32 320');
  assert.equal(await model.says(5), 'Flatten 576');
  assert.equal(await lab.number('model-params'), PARAMS);

  await model.open(0);
  await model.type('filters', '8');
  assert.equal(await model.says(0), 'Conv2D 8, 3x3, relu 26x26x8 80');
  await model.type('strides', '2');
  await lab.at('argument-padding').selectOption('same');
  assert.equal(await model.says(0), 'Conv2D 8, 3x3, strides 2x2, same, relu 14x14x8 80');
  assert.equal(await model.complaint(4), 'a window of 3x3 does not fit into 2x2');
  await model.type('strides', '1');
  assert.equal(await model.says(0), 'Conv2D 8, 3x3, same, relu 28x28x8 80');
  await params(lab, await lab.number('model-params'));
  assert.match(await lab.hash(), /model=Conv2D:8,3x3,padding=same,activation=relu\/MaxPooling2D\//);
});

test('a number on its way is left alone', async () => {
  const { lab, model } = await builder();
  await model.add('Dropout');
  const rate = lab.at('argument-rate');
  await rate.fill('');
  await rate.pressSequentially('0.05');
  assert.equal(await rate.inputValue(), '0.05');
  assert.equal(await model.says(7), 'Dropout 0.05 64');
  await rate.fill('');
  assert.equal(await rate.getAttribute('aria-invalid'), 'true');
  assert.match(await model.complaint(7), /rate must be a number from 0 to 1, got ""/);
  assert.deepEqual(await model.blocked(), ['reset', 'train', 'step']);
  await lab.click('undo-edit');
  assert.notEqual(await rate.inputValue(), '');
  assert.equal(await model.complaint(7), '');
});

test('a layer can do without its bias: fewer parameters, in the link, and undone', async () => {
  const { lab, model } = await builder();
  await model.open(0);
  await lab.page.locator('.model-edit summary').click();
  await lab.at('argument-use_bias').uncheck();
  assert.equal(await model.says(0), 'Conv2D 32, 3x3, relu, use_bias false 26x26x32 288');
  assert.equal(await lab.read('model-params'), '93290');
  assert.match(await lab.hash(), /model=Conv2D:32,3x3,activation=relu,use_bias=false\//);
  await lab.click('step');
  await lab.steps(1);
  await lab.click('undo-edit');
  assert.equal(await lab.read('model-params'), '93322');
});

test('a preset whose layers were changed is called custom, and comes back when it is chosen', async () => {
  const { lab, model } = await builder();
  const preset = lab.page.locator('#setting-preset');
  const chosen = () => preset.evaluate((select) => select.selectedOptions[0].textContent);
  assert.equal(await chosen(), 'Keras recipe');
  await model.add('Dropout');
  assert.equal(await chosen(), 'custom, from Keras recipe');
  await preset.selectOption('keras');
  assert.equal(await chosen(), 'Keras recipe');
  assert.deepEqual(await model.kinds(), KINDS);
  await lab.click('undo-edit');
  assert.equal(await chosen(), 'custom, from Keras recipe');
});

test('a model that does not fit cannot be started, and the run stays as it was', async () => {
  const { lab, model } = await builder();
  const run = await lab.weightsHash();
  const link = await lab.hash();
  await model.open(5);
  await lab.click('remove-layer');
  assert.equal(await model.complaint(5), 'expected one row of features, got 3x3x64; put a Flatten before it');
  assert.deepEqual(await model.blocked(), ['reset', 'train', 'step']);
  assert.equal(await lab.at('train').getAttribute('title'), `layer 6 (Dense): ${await model.complaint(5)}`);
  assert.equal(await lab.page.locator('.transport .hint').textContent(), 'Layer 6 does not fit');
  assert.equal(await lab.read('model-params'), '-');
  await lab.page.locator('body').click({ position: { x: 3, y: 3 } });
  for (const key of ['Space', 'ArrowRight', 'r']) {
    await lab.page.keyboard.press(key);
    // Each leads to the layer.
    await model.focused(5);
    await lab.page.evaluate(() => document.activeElement.blur());
  }
  await sleep(300);
  assert.equal(await lab.read('run-state'), 'idle');
  assert.equal(await lab.read('weights-hash'), run);
  assert.equal(await lab.hash(), link, 'the link holds what can be run');
  await lab.click('undo-edit');
  assert.deepEqual(await model.blocked(), []);
  await lab.click('step');
  await lab.steps(1);
});

test('while a run is under way, the editor changes nothing of it until Reset', async () => {
  const { lab, model } = await builder('limit=6000&epochs=50');
  await lab.click('train');
  await lab.steps(2);
  await model.open(6);
  await lab.click('remove-layer');
  assert.equal(await lab.page.locator('.transport .hint').textContent(), 'New changes: Reset to apply');
  await model.open(5);
  await lab.click('remove-layer');
  assert.deepEqual(await model.blocked(), ['reset', 'step']);
  const step = await lab.number('global-step');
  await lab.steps(step + 2);
  await lab.click('pause');
  await lab.state('paused');
  assert.equal(await lab.number('param-count'), PARAMS);
  assert.deepEqual(await model.blocked(), ['reset'], 'the run under way may go on');
  await lab.click('undo-edit');
  await lab.click('reset');
  await lab.state('idle');
  await params(lab, await lab.number('model-params'));
});

for (const [name, options] of Object.entries({ wide: WIDE, narrow: PHONE })) {
  test(`by keyboard alone, ${name}`, async () => {
    const { lab, model } = await builder('limit=640', options);
    const press = async (...keys) => {
      for (const key of keys) await lab.page.keyboard.press(key);
    };
    const said = (wanted) => lab.until('model-said', (text) => text === wanted, { what: wanted });

    await lab.page.locator('#setting-preset').focus();
    await press('Tab', 'ArrowDown', 'ArrowDown');
    await model.focused(2);
    await press('Alt+ArrowDown');
    await said('Conv2D moved: layer 4 of 8');
    assert.deepEqual((await model.kinds()).slice(2, 4), ['MaxPooling2D', 'Conv2D']);
    await model.focused(3);
    await press('Control+z');
    await said('Undone: 0 more can be undone');
    await model.focused(2);
    assert.deepEqual(await model.kinds(), KINDS);
    await press('Control+Shift+Z');
    await said('Redone: 0 more can be redone');
    await model.focused(3);
    await press('Control+z');
    await model.focused(2);

    await model.head(1).focus();
    await press('Delete');
    await said('MaxPooling2D removed: 7 layers');
    await model.focused(1);
    await press('Enter');
    await lab.at('argument-filters').focus();
    await lab.page.keyboard.press('Control+a');
    await lab.page.keyboard.type('16');
    assert.match(await model.says(1), /^Conv2D 16, 3x3, relu 24x24x16/);
    await press('Control+z', 'Control+z');
    assert.deepEqual(await model.kinds(), KINDS);

    await lab.at('add-layer').focus();
    await press('Enter');
    await lab.at('add-BatchNormalization').focus();
    await press('Enter');
    await said('BatchNormalization added: layer 4 of 9');
  });
}

test('Ctrl+Z elsewhere is the pad’s', async () => {
  const { lab, model } = await builder();
  await lab.draw(DIGITS[1]);
  await lab.digit();
  await model.open(0);
  await model.type('filters', '8');
  await lab.page.evaluate(() => document.activeElement.blur());
  await lab.page.keyboard.press('Control+z');
  await lab.blank();
  assert.match(await model.says(0), /^Conv2D 8/);
});

test('a new layer comes after the selected one, or as late as it fits', async () => {
  const { lab, model } = await builder();
  await model.add('MaxPooling2D');
  assert.deepEqual(await model.kinds(), KINDS.toSpliced(5, 0, 'MaxPooling2D'));
  await model.open(0);
  await model.add('BatchNormalization');
  assert.deepEqual((await model.kinds()).slice(0, 3), ['Conv2D', 'BatchNormalization', 'MaxPooling2D']);
  assert.equal(await model.head(1).getAttribute('aria-expanded'), 'true');
  assert.equal(await lab.read('model-said'), 'BatchNormalization added: layer 2 of 10');
});

test('a mouse drags a row to another place, and Escape lets it go', async () => {
  const { lab, model } = await builder();
  const { mouse, keyboard } = lab.page;
  await mouse.move(...(await middle(model.head(5))));
  await mouse.down();
  await mouse.move(...(await middle(model.head(2))), { steps: 5 });
  await keyboard.press('Escape');
  await mouse.up();
  assert.deepEqual(await model.kinds(), KINDS);

  await mouse.move(...(await middle(model.head(5))));
  await mouse.down();
  const [x, y] = await middle(model.head(2));
  await mouse.move(x, y - 4, { steps: 5 });
  assert.equal(await model.row(2).getAttribute('data-mark'), 'before');
  await mouse.up();
  assert.deepEqual((await model.kinds()).slice(1, 5), ['MaxPooling2D', 'Flatten', 'Conv2D', 'MaxPooling2D']);
  assert.equal(await model.head(2).getAttribute('aria-expanded'), 'false', 'a drag is no click');
  assert.match(await model.complaint(3), /expected height x width x channels, got 5408/);
});

test('a row that is dragged while a change is undone is the one that moves', async () => {
  const { lab, model } = await builder();
  const { mouse, keyboard } = lab.page;
  await model.add('Dropout');
  await model.focused(7);
  await model.head(7).click();
  await mouse.move(...(await middle(model.head(8))));
  await mouse.down();
  const [x, y] = await middle(model.head(2));
  await mouse.move(x, y - 4, { steps: 5 });
  await keyboard.press('Control+z');
  await model.until(KINDS);
  assert.equal(await model.row(7).getAttribute('data-mark'), 'lifted');
  await mouse.up();
  assert.deepEqual(await model.kinds(), KINDS.toSpliced(7, 1).toSpliced(2, 0, 'Dense'));
});

test('a finger drags a row by its grip, and scrolls by the rest', async () => {
  const { lab, model } = await builder('limit=640', PHONE);
  await model.row(0).scrollIntoViewIfNeeded();
  const grip = (place) => middle(model.row(place).locator('.grip'));
  const from = await grip(0);
  const to = await grip(1);
  const scrolled = await lab.scrolled();
  await swipe(lab.page, [from, [from[0], from[1] + 8], [to[0], to[1] + 6]]);
  assert.deepEqual((await model.kinds()).slice(0, 2), ['MaxPooling2D', 'Conv2D']);
  assert.equal(await lab.scrolled(), scrolled);
  const [x, y] = await middle(model.head(1));
  await swipe(lab.page, [[x, y], [x, y - 40], [x, y - 80], [x, y - 120]]);
  await lab.becomes(async () => (await lab.scrolled()) !== scrolled, true, 'the rest of the row scrolls');
  assert.deepEqual((await model.kinds()).slice(0, 2), ['MaxPooling2D', 'Conv2D']);
});

test('the summary is Keras’s, and can be copied', async () => {
  const { lab } = await builder();
  await lab.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await lab.click('model-summary');
  const table = await lab.at('summary-table').textContent();
  assert.match(table, /^Model: "sequential"\n/);
  assert.match(table, /│ conv2d \(Conv2D\) +│ \(None, 26, 26, 32\) +│ +320 │/);
  assert.match(table, /Total params: 93,322/);
  await lab.page.getByRole('button', { name: 'Copy', exact: true }).click();
  await lab.page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await lab.page.evaluate(() => navigator.clipboard.readText()), table);
  await lab.page.keyboard.press('Escape');
  await lab.at('summary-table').waitFor({ state: 'detached' });
});

for (const viewport of [WIDE.viewport, PHONE.viewport]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe-core on the editor at ${viewport.width} px, ${colorScheme}`, async () => {
      const { lab, model } = await builder('limit=640', { viewport, colorScheme });
      const check = async (state) => assert.deepEqual(await violations(lab.page), [], state);
      await model.open(0);
      await lab.page.getByText('Weights', { exact: true }).first().click();
      await check('a row open');
      await model.type('filters', '');
      await check('a field refused');
      await model.type('filters', '8');
      await model.open(5);
      await lab.click('remove-layer');
      await check('a layer that does not fit');
      await lab.click('add-layer');
      await check('the kinds');
      await lab.page.keyboard.press('Escape');
      await lab.click('undo-edit');
      await lab.click('model-summary');
      await lab.at('summary-table').waitFor();
      await check('the summary');
    });
  }
}
