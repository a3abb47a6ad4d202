// The training panel: every setting, what is in force when it is folded away, changes while a run goes on, its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { segment } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const GROUPS = ['optimizer', 'schedule', 'regularisation', 'augmentation', 'validation', 'more'];

/** The field of a setting, by its name in a link. */
const field = (lab, name) => lab.page.locator(`#setting-${name}`);

const unfold = (lab, group) => lab.at(`group-${group}`).locator('summary').click();

/** What a group says of itself while it is folded away. */
const inForce = (lab, group) => lab.at(`group-${group}`).locator('summary .quiet').textContent();

test('folded groups say what is in force', async () => {
  const lab = await app.open('optimizer=sgd&nesterov=1&warmup=20&schedule=cosine&smoothing=0.1&noise=0.05&split=0.1&stop=val_loss');
  const texts = await Promise.all(GROUPS.map((group) => inForce(lab, group)));
  assert.deepEqual(texts, [
    'momentum 0.9, Nesterov',
    'warm-up 20, cosine',
    'smoothing 0.1',
    'noise 0.05',
    '10 % held out, patience 3',
    'seed 1',
  ]);
});

test('an optimizer shows its own numbers, and the address follows', async () => {
  const lab = await app.open();
  await unfold(lab, 'optimizer');
  await unfold(lab, 'regularisation');
  await field(lab, 'rho').fill('0.95');
  await field(lab, 'optimizer').selectOption('adamw');
  assert.equal(await field(lab, 'rho').count(), 0);
  assert.equal(await field(lab, 'weight_decay').inputValue(), '0.004');
  await field(lab, 'beta2').fill('0.99');
  await field(lab, 'weight_decay').fill('0.01');
  assert.equal(await lab.hash(), 'optimizer=adamw&beta2=0.99&weight_decay=0.01');
  const copy = await app.open(await lab.hash());
  await unfold(copy, 'optimizer');
  assert.equal(await field(copy, 'beta2').inputValue(), '0.99');
});

test('a value that cannot be used is told while it is typed, and nothing starts', async () => {
  const lab = await app.open('limit=320');
  await lab.weightsHash();
  await field(lab, 'lr').fill('0');
  assert.match(await lab.page.locator('#complaint-lr').textContent(), /learning_rate must be above 0 and at most 10, got 0/);
  assert.equal(await field(lab, 'lr').getAttribute('aria-invalid'), 'true');
  for (const button of ['train', 'step', 'reset']) {
    assert.equal(await lab.at(button).getAttribute('aria-disabled'), 'true');
    await lab.at(button).click({ force: true });
    assert.ok(await field(lab, 'lr').evaluate((input) => input === document.activeElement), `${button} leads to the field`);
  }
  assert.equal(await lab.read('run-state'), 'idle');
  assert.deepEqual(await violations(lab.page), []);
  await field(lab, 'lr').fill('0.0020');
  assert.equal(await lab.page.locator('#complaint-lr').textContent(), '');
  assert.equal(await field(lab, 'lr').inputValue(), '0.0020', 'not changed under the hand');
  await field(lab, 'lr').blur();
  assert.equal(await field(lab, 'lr').inputValue(), '0.002');
  await lab.click('step');
  await lab.steps(1);
});

test('a schedule is drawn before the run', async () => {
  const lab = await app.open('epochs=2&limit=6400');
  await unfold(lab, 'schedule');
  const curve = lab.at('schedule-curve').locator('svg');
  assert.equal(await curve.getAttribute('aria-label'), 'Learning rate: 0.001 at first, 0.001 at step 200');
  const flat = await curve.locator('path').getAttribute('d');
  await field(lab, 'schedule').selectOption('onecycle');
  await field(lab, 'warmup').fill('10');
  assert.notEqual(await curve.locator('path').getAttribute('d'), flat);
  assert.match(await curve.getAttribute('aria-label'), /0\.001 at step \d+, 4e-9 at step 200/);
  assert.equal(await lab.hash(), 'epochs=2&schedule=onecycle&warmup=10&limit=6400');
});

test('augmentation is shown on a digit', async () => {
  const lab = await app.open();
  await lab.page.getByText('60,000 training').waitFor();
  await unfold(lab, 'augmentation');
  const canvas = '[data-testid="augmentation-preview"] canvas';
  const shown = async (other) => {
    for (;;) {
      const [{ colours, print }] = await lab.canvases(canvas);
      if (colours > 2 && print !== other) return print;
      await lab.page.waitForTimeout(50);
    }
  };
  const plain = await shown();
  await field(lab, 'rotation').fill('30');
  const turned = await shown(plain);
  await lab.page.getByRole('button', { name: 'Another digit' }).click();
  await shown(turned);
});

test('a step goes to the end of the epoch, by the menu and by the keyboard', async () => {
  const lab = await app.open('limit=640&epochs=3&batch=64');
  await lab.weightsHash();
  await lab.click('step-menu');
  await lab.click('step-epoch');
  await lab.steps(10);
  await lab.state('paused');
  assert.equal(await lab.number('global-step'), 10);
  assert.match(await lab.read('val-loss'), /\d/);
  await lab.page.locator('body').press('Shift+ArrowRight');
  await lab.steps(20);
  await lab.state('paused');
  await lab.click('step-menu');
  await lab.click('step-batch');
  await lab.steps(21);
  await lab.state('paused');
});

test('between two epochs the model can be measured', async () => {
  const lab = await app.open('limit=640&epochs=3&batch=64');
  await lab.weightsHash();
  await lab.click('step-menu');
  await lab.click('step-epoch');
  await lab.state('paused');
  await segment(lab, 'Evaluation');
  await lab.click('evaluate');
  await lab.until('test-accuracy', (text) => /^[01]\.\d{4}$/.test(text), { what: 'an accuracy' });
});

for (const viewport of SIZES) test(`axe has nothing to say of a menu, of changes and of new settings at ${viewport.width} px`, async () => {
  const lab = await app.open('limit=640&epochs=9', { viewport });
  const check = async (state) => assert.deepEqual(await violations(lab.page), [], state);
  await lab.weightsHash();
  await lab.tab('train');
  await lab.click('step-menu');
  await lab.at('step-epoch').waitFor();
  await check('the menu of steps is open');
  await lab.click('step-batch');
  await lab.steps(1);
  await field(lab, 'lr').fill('0.003');
  await lab.at('apply-lr').waitFor();
  await check('a change can be applied');
  await lab.click('apply-lr');
  await lab.at('made-changes').getByText('learning rate 0.003').waitFor();
  await check('a change was made');
  await field(lab, 'epochs').fill('8');
  // A phone has no room for the words beside the buttons.
  await lab.page.locator('[data-testid=reset][title^="New changes"]').waitFor();
  await check('other settings wait for Reset');
});

for (const viewport of SIZES) test(`the learning rate and the batch size change while it runs, and a link repeats it at ${viewport.width} px`, async () => {
  const lab = await app.open('limit=6400&epochs=6&seed=3', { viewport });
  await lab.tab('train');
  await lab.click('train');
  await lab.steps(3);
  await field(lab, 'lr').fill('0.003');
  await lab.click('apply-lr');
  await lab.at('made-changes').getByText('learning rate 0.003').waitFor();
  await field(lab, 'batch').fill('32');
  await lab.click('apply-batch');
  await lab.at('made-changes').getByText('batch size 32').waitFor();
  assert.equal(await lab.at('apply-lr').count(), 0);
  await lab.state('finished');
  assert.ok((await lab.number('global-step')) > 600, 'smaller batches, more steps');
  const fingerprint = await lab.read('weights-hash');
  await lab.page.getByRole('button', { name: 'Repeat in the next run' }).click();
  assert.match(await lab.hash(), /changes=\d+:lr:0\.003,\d+:batch:32/);
  const copy = await app.open(`${await lab.hash()}&autostart=1`);
  await copy.state('finished');
  assert.equal(await copy.read('weights-hash'), fingerprint);
});

test('early stopping ends the run and gives the best weights back', async () => {
  // No epoch can be better than the first by so much.
  const link = 'limit=640&epochs=9&stop=val_accuracy&min_delta=1&patience=2&split=0.5';
  const first = await app.open(link);
  await first.weightsHash();
  await first.page.locator('body').press('Shift+ArrowRight');
  await first.state('paused');
  const best = await first.read('weights-hash');
  const lab = await app.open(`${link}&autostart=1`);
  await lab.state('finished');
  assert.equal(await lab.number('global-step'), 15, 'three epochs of 320 images');
  await lab.page.getByText('Stopped early; the weights of epoch 1 are back').waitFor();
  assert.deepEqual(await violations(lab.page), []);
  assert.equal(await lab.read('weights-hash'), best);
  assert.notEqual(await lab.read('test-loss'), await lab.read('val-loss'), 'of other images');
});

for (const [width, height] of [[1440, 900], [390, 844]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe has nothing to say at ${width}, ${colorScheme}`, async () => {
      const lab = await app.open('optimizer=sgd&schedule=cosine&clip=clipnorm&stop=val_loss&changes=9:lr:0.1', {
        viewport: { width, height },
        colorScheme,
      });
      await lab.weightsHash();
      await lab.tab('train');
      for (const group of GROUPS) await unfold(lab, group);
      assert.deepEqual(await violations(lab.page), []);
      assert.equal(await lab.page.evaluate(() => document.documentElement.scrollWidth), width);
    });
  }
}
