// The user's own IDX files: chosen or dropped, taken or refused with nothing lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { cycle, file, images, labels } from './lib/idx.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();
const LETTERS = cycle(240, 26);

/** Chooses a file of images and one of labels. */
async function choose(lab, imagesFile, labelsFile) {
  if (imagesFile) await lab.at('import-images').setInputFiles(imagesFile);
  if (labelsFile) await lab.at('import-labels').setInputFiles(labelsFile);
}

const isReady = (lab, text) => lab.until('data-state', (state) => state === text, { what: text });

for (const ending of ['idx', 'idx.gz']) {
  test(`letters in .${ending} files are trained on, once the model has a unit for each`, async () => {
    const lab = await app.open('epochs=1&batch=8&lr=0.003');
    await choose(lab, file(`letters.${ending}`, images(LETTERS)), file(`labels.${ending}`, labels(LETTERS)));
    await isReady(lab, '200 training, 40 test images');
    assert.match(await lab.read('own-facts'), /^letters\.idx.*26 classes; every sixth image is held out/);
    assert.match(await lab.error(), /26 classes.*10 units/);
    assert.match(await lab.hash(), /data=own-[0-9a-f]{8}/);

    await lab.click('remedy');
    await lab.at('error').first().waitFor({ state: 'hidden' });
    await lab.until('model-layer-7', (text) => /Dense.*26/s.test(text), { what: 'the editor to have 26 units' });
    await lab.click('train');
    await lab.state('finished');
    assert.equal(await lab.number('global-step'), 25);
    await lab.tab('draw');
    await lab.draw(DIGITS[1]);
    await lab.until('predicted-digit', (text) => /^\d+$/.test(text), { what: 'a class' });
    assert.equal((await lab.probabilities()).length, 26);
    const name = await lab.page.locator('.probability-digit').nth(25).textContent();
    assert.equal(name, 'Z');
  });
}

test('classes of own files have the names that they are given: on the pad, in the matrix, in the link', async () => {
  const lab = await app.open('epochs=1&batch=10');
  const three = cycle(60, 3);
  await choose(lab, file('i.gz', images(three)), file('l.gz', labels(three)));
  await isReady(lab, '50 training, 10 test images');
  const names = lab.page.locator('#setting-classes');
  await names.fill('cat, big dog,,');
  assert.match(await lab.hash(), /classes=cat,big%20dog/);
  await names.fill(Array(27).fill('x').join());
  assert.match(await lab.page.locator('#complaint-classes').textContent(), /at most 26 names, got 27/);
  await names.fill('cat, big dog');
  await names.blur();
  const run = await lab.weightsHash();
  await lab.click('train');
  await lab.state('finished');
  assert.notEqual(await lab.weightsHash(), run);
  await lab.draw(DIGITS[1]);
  await lab.until('probability-0', (text) => text !== '-', { what: 'an answer' });
  const first = async () => (await lab.page.locator('.probability-digit').allTextContents()).slice(0, 3);
  await lab.becomes(first, ['cat', 'big dog', '2'], 'names beside the pad');
  await lab.page.getByRole('button', { name: 'Evaluation', exact: true }).click();
  await lab.click('open-confusion');
  assert.match(await lab.at('cell-0-1').getAttribute('aria-label'), /^cat taken for big dog: /);
  assert.deepEqual(await violations(lab.page), []);
});

test('raw and gzipped files are the same data: the same link, the same weights', async () => {
  const digits = cycle(120, 4);
  const runs = [];
  for (const ending of ['raw', 'gz']) {
    const lab = await app.open('epochs=1&batch=10');
    await choose(lab, file(`i.${ending}`, images(digits)), file(`l.${ending}`, labels(digits)));
    await isReady(lab, '100 training, 20 test images');
    await lab.click('train');
    await lab.state('finished');
    runs.push([await lab.hash(), await lab.weightsHash()]);
  }
  assert.deepEqual(runs[0], runs[1]);
});

test('files that do not fit are named, and data, model and run stay as they were', async () => {
  const lab = await app.open('limit=640&epochs=1');
  const digits = cycle(120, 4);
  await isReady(lab, '60,000 training, 10,000 test images');
  await lab.click('train');
  await lab.state('finished');
  const hash = await lab.weightsHash();
  const wrong = {
    'number of labels: expected 120': [file('good.idx', images(digits)), file('few.idx', labels(digits.slice(1)))],
    'few.idx: labels: expected from 0 to 25': [null, file('few.idx', labels([...digits.slice(1), 77]))],
    'photo.png: IDX magic number: expected 0x00000803': [file('photo.png', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')), null],
    'a whole gzip file': [{ ...file('cut.gz', images(digits)), buffer: file('cut.gz', images(digits)).buffer.subarray(0, -20) }, null],
    'size of the images: expected 28x28': [file('small.idx', Buffer.from('0000080300000001000000080000000800', 'hex')), null],
  };
  for (const [expected, [imagesFile, labelsFile]] of Object.entries(wrong)) {
    await choose(lab, imagesFile, labelsFile);
    await lab.until('error', (text) => text.includes(expected), { what: expected });
    assert.match(await lab.errorText(), /Nothing has changed/);
    assert.equal(await lab.read('data-state'), '60,000 training, 10,000 test images');
    assert.equal(await lab.weightsHash(), hash);
    assert.equal(await lab.read('run-state'), 'finished');
  }
  assert.deepEqual(await violations(lab.page), []);
  // Only what was wrong needs to be chosen again.
  await choose(lab, file('good.idx', images(digits)), file('labels.idx', labels(digits)));
  await isReady(lab, '100 training, 20 test images');
  await lab.at('error').first().waitFor({ state: 'hidden' });
  assert.equal(await lab.weightsHash(), hash, 'the run is that of before until Reset');
  await lab.click('reset');
  await lab.state('idle');
  await lab.click('train');
  await lab.state('finished');
  assert.equal(await lab.number('global-step'), 2);
});

test('files with a test pair can be dropped together on the panel', async () => {
  const lab = await app.open('epochs=1&batch=10');
  const [train, held] = [cycle(90, 5), cycle(30, 5)];
  const dropped = [
    ['t10k-labels.gz', labels(held)],
    ['train-images.gz', images(train)],
    ['train-labels', labels(train)],
    ['t10k-images', images(held)],
  ].map(([name, content]) => file(name, content));
  const transfer = await lab.page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const { name, bytes } of files) transfer.items.add(new File([new Uint8Array(bytes)], name));
    return transfer;
  }, dropped.map(({ name, buffer }) => ({ name, bytes: [...buffer] })));
  await lab.at('data').dispatchEvent('dragover', { dataTransfer: transfer });
  await lab.page.getByText('Drop IDX files').waitFor();
  await lab.at('data').dispatchEvent('drop', { dataTransfer: transfer });
  await isReady(lab, '90 training, 30 test images');
  assert.equal(await lab.read('own-facts'), 'train-images.gz: 5 classes');
  await lab.page.locator('#setting-data').selectOption('mnist');
  await isReady(lab, '60,000 training, 10,000 test images');
  assert.ok(!(await lab.hash()).includes('data='));
  await lab.page.locator('#setting-data').selectOption('own');
  await isReady(lab, '90 training, 30 test images');
});

test('a link to own files asks for them, and says when others are given', async () => {
  const lab = await app.open('data=own-00c0ffee&epochs=1', { viewport: { width: 390, height: 844 } });
  await lab.tab('train');
  await isReady(lab, 'Choose your files, or drop them here.');
  assert.deepEqual(await violations(lab.page), []);
  const digits = cycle(60, 3);
  await choose(lab, file('i.gz', images(digits)), file('l.gz', labels(digits)));
  assert.match(await lab.error(), /other files \(own-00c0ffee\)/);
  await isReady(lab, '50 training, 10 test images');
  assert.deepEqual(await violations(lab.page), []);
});
