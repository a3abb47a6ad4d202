// Fashion-MNIST where its files are given, and what a recipe does to the training images.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const FASHION = existsSync(path.resolve(import.meta.dirname, '../../dist/data/fashion/manifest.json'));
const skip = FASHION ? false : 'this build has no Fashion-MNIST: its files were not given';

test('Fashion-MNIST is trained on, with its names', { skip }, async () => {
  const lab = await app.open('limit=640&epochs=1');
  assert.ok(!lab.requests.some((url) => url.includes('fashion')), 'it is asked for only when it is wanted');
  await lab.page.locator('#setting-data').selectOption('fashion');
  await lab.click('train');
  await lab.state('finished');
  assert.match(await lab.hash(), /data=fashion/);
  await lab.click('mode-test');
  assert.equal(await lab.until('test-label', (text) => text !== '-', { what: 'a label' }), 'Ankle boot');
  await lab.until('predicted-digit', (text) => /^\d$/.test(text), { what: 'a class' });
  assert.equal(await lab.page.locator('.probability-digit').nth(9).textContent(), 'Ankle boot');
  assert.deepEqual(await violations(lab.page), []);
});

test('where Fashion-MNIST is missing, the page says how to get it, and goes on', async () => {
  const mend = app.server.fail(/^data\/fashion\//);
  try {
    const lab = await app.open('data=fashion&limit=640&epochs=1', { faulty: true });
    assert.match(await lab.error(), /Fashion-MNIST did not load.*dataset-fashion-mnist.*scripts\/setup/);
    await lab.page.locator('#setting-data').selectOption('mnist');
    await lab.at('error').first().waitFor({ state: 'hidden' });
    await lab.click('train');
    await lab.state('finished');
  } finally {
    mend();
  }
});

test('a subset, label noise and classes left out: shown, in the link, and the same run every time', async () => {
  const hashes = [];
  for (const hash of ['without=3,7&limit=600&label_noise=0.25&epochs=1', 'label_noise=0.25&limit=600&without=7,3&epochs=1']) {
    const lab = await app.open(hash);
    await lab.until('data-recipe', (text) => text === '600, noise 0.25, without 3, 7', { what: 'the recipe' });
    await lab.click('train');
    await lab.state('finished');
    assert.equal(await lab.number('global-step'), 10);
    hashes.push(await lab.weightsHash());
  }
  assert.equal(hashes[0], hashes[1]);

  const lab = await app.open('limit=600&label_noise=0.25&epochs=1');
  await lab.page.getByText('Subset, noise').click();
  for (const id of ['without-3', 'without-7']) await lab.click(id);
  assert.equal(await lab.at('without-7').getAttribute('aria-pressed'), 'true');
  assert.match(await lab.hash(), /^epochs=1&without=3,7&limit=600&label_noise=0.25$/);
  await lab.click('train');
  await lab.state('finished');
  assert.equal(await lab.weightsHash(), hashes[0]);
  assert.deepEqual(await violations(lab.page), []);
});

test('a recipe that cannot be used is named', async () => {
  const lab = await app.open('label_noise=2&without=99&limit=0&data=imagenet');
  const message = await lab.error();
  for (const part of ['label_noise must be from 0 to 1', 'without must be classes from 0 to 25', 'limit must be at least 1', 'data must be mnist, fashion, own']) {
    assert.ok(message.includes(part), `${part} in ${message}`);
  }
});

for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
  test(`images are browsed by keyboard at ${viewport.width} px`, async () => {
    const lab = await app.open('label_noise=0.2&limit=6000', { viewport });
    await lab.tab('train');
    await lab.click('browse-images');
    await lab.until('images-found', (text) => text === '6,000 images', { what: 'all' });
    assert.deepEqual(await violations(lab.page), []);

    const list = lab.at('images');
    const selected = () => lab.page.locator('[role=option][aria-selected=true]').getAttribute('aria-label');
    await list.focus();
    await lab.page.keyboard.press('End');
    await lab.page.waitForFunction(() => document.activeElement.getAttribute('aria-activedescendant') === 'image-5999');
    await lab.page.locator('#image-5999[aria-label^="Training image 5999"]').waitFor();
    await lab.page.keyboard.press('Home');
    await lab.page.keyboard.press('ArrowRight');
    await lab.page.keyboard.press('ArrowRight');
    assert.match(await selected(), /^Training image 2, label /);
    assert.ok((await lab.page.locator('[role=option]').count()) < 300, 'only what is seen is there');

    // The labels that noise changed, of one class.
    await lab.at('images-changed').check();
    await lab.at('images-class').selectOption('5');
    const found = await lab.until('images-found', (text) => /^\d+ images$/.test(text) && text !== '6,000 images', { what: 'some' });
    const count = Number(found.split(' ')[0]);
    assert.ok(count > 50 && count < 200, `${count} of about 540 fives`);
    await lab.page.locator('[role=option][aria-selected=true][aria-label*="label 5"]').waitFor();
    assert.match(await selected(), /label 5, trained as [^5]/);
    assert.deepEqual(await violations(lab.page), []);

    const label = await selected();
    await list.focus();
    await lab.page.keyboard.press('Enter');
    await lab.page.getByRole('dialog').waitFor({ state: 'hidden' });
    const place = label.match(/image (\d+)/)[1];
    assert.equal(await lab.at('test-index').inputValue(), place);
    assert.equal(await lab.until('test-label', (text) => text !== '-', { what: 'a label' }), '5');
    await lab.digit();
  });
}

test('test images are browsed, and a click opens one', async () => {
  const lab = await app.open();
  await lab.until('data-state', (text) => text.includes('60,000'), { what: 'the data' });
  await lab.click('browse-images');
  await lab.page.getByRole('dialog').getByRole('button', { name: 'Test' }).click();
  await lab.until('images-found', (text) => text === '10,000 images', { what: 'all' });
  await lab.page.locator('#image-3[aria-label="Test image 3, label 0"]').click();
  await lab.until('test-label', (text) => text === '0', { what: '0' });
  assert.equal((await lab.answer()).digit, 0);
  await lab.click('browse-images');
  await lab.page.keyboard.press('Escape');
  await lab.page.getByRole('dialog').waitFor({ state: 'hidden' });
});
