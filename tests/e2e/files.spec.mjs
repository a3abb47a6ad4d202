// Models in and out as files: what is saved comes back as it was, Keras's weights are Keras's, and a bad file changes nothing.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { segment } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();
const KERAS = new URL('../golden/keras-seed-recipe.safetensors', import.meta.url);

/** A file to choose. */
const file = (name, buffer) => ({ name, mimeType: 'application/octet-stream', buffer });

/** What a click on a button downloads. */
async function saved(lab, format) {
  const [download] = await Promise.all([lab.page.waitForEvent('download'), lab.click(`export-${format}`)]);
  return file(download.suggestedFilename(), await readFile(await download.path()));
}

/** Chooses a model's file, and waits until it is the run's. */
async function load(lab, model) {
  await lab.at('import-model').setInputFiles(model);
  await lab.until('model-file-facts', (text) => text.startsWith(`${model.name}: weights`), { what: model.name });
}

test('a model that was trained comes back from both kinds of file with its fingerprint', async () => {
  const lab = await app.open('preset=small&limit=640&epochs=1');
  await lab.click('train');
  await lab.state('finished');
  const hash = await lab.weightsHash();
  const files = [await saved(lab, 'safetensors'), await saved(lab, 'onnx')];
  for (const model of files) {
    assert.match(model.name, new RegExp(`^digit-lab-${hash.slice(0, 8)}\\.`));
    const other = await app.open('limit=640&epochs=1');
    await load(other, model);
    await other.until('weights-hash', (text) => text === hash, { what: hash });
    assert.match(await other.hash(), new RegExp(`weights=${hash}`));
    await other.draw(DIGITS[1]);
    await other.digit();
    await other.click('train');
    await other.state('finished');
    assert.notEqual(await other.weightsHash(), hash, 'it is trained further');
  }
});

test("Keras's weights reach Keras's accuracy and loss here", async () => {
  const lab = await app.open();
  await load(lab, file('keras.safetensors', await readFile(KERAS)));
  await lab.until('data-state', (text) => text.includes('training'), { what: 'the data' });
  await segment(lab, 'Evaluation');
  await lab.click('evaluate');
  await lab.until('test-accuracy', (text) => text === '0.9904', { what: '0.9904' });
  assert.equal(await lab.read('test-loss'), '0.0286');
  await lab.click('from-seed');
  await lab.at('from-seed').waitFor({ state: 'hidden' });
});

test('graphs of PyTorch and Keras are evaluated, opened and trained further; one that cannot be read is named', async () => {
  const graph = async (name) => file(name.replace(/.*\//, ''), await readFile(new URL(`../files/${name}`, import.meta.url)));
  const lab = await app.open('limit=640&epochs=1');
  await lab.until('data-state', (text) => text.includes('training'), { what: 'the data' });
  for (const name of ['exported/torch-example-script.onnx', 'exported/torch-views-dynamo.onnx', 'exported/keras-bytes.onnx']) {
    await load(lab, await graph(name));
    const hash = (await lab.read('model-file-facts')).match(/weights ([0-9a-f]+)/)[1];
    await lab.until('weights-hash', (text) => text === hash, { what: hash });
    await segment(lab, 'Evaluation');
    await lab.click('evaluate');
    await lab.until('test-accuracy', (text) => /^[01]\.\d{4}$/.test(text), { what: 'an accuracy' });
    await lab.click('layer-0');
    await lab.page.keyboard.press('Escape');
    await lab.click('step');
    await lab.steps(1);
    await lab.until('weights-hash', (text) => text !== hash, { what: 'other weights' });
    await lab.click('reset');
    await lab.until('weights-hash', (text) => text === hash, { what: 'those of the file' });
  }
  const hash = await lab.weightsHash();
  await lab.at('import-model').setInputFiles(await graph('graphs/residual.onnx'));
  await lab.until('error', (text) => /residual\.onnx was not loaded: .* Add \(node \/Add\)/.test(text), { what: 'operator and node' });
  assert.equal(await lab.weightsHash(), hash);
});

test('a file that cannot be used is named, and nothing changes', async () => {
  const lab = await app.open('preset=small&limit=640&epochs=1');
  const hash = await lab.weightsHash();
  const keras = await readFile(KERAS);
  for (const [bad, reason] of [
    [file('half.safetensors', keras.subarray(0, 5000)), /half\.safetensors was not loaded: this is no safetensors file/],
    [file('other.safetensors', keras), /expected conv2d\.weight .* found /],
    [file('text.onnx', Buffer.from('hello')), /text\.onnx was not loaded: this is no ONNX file/],
  ]) {
    await lab.at('import-model').setInputFiles(bad);
    await lab.until('error', (text) => reason.test(text), { what: reason });
    assert.match(await lab.errorText(), /Nothing has changed/);
    assert.equal(await lab.weightsHash(), hash);
    assert.doesNotMatch(await lab.hash(), /weights=/);
  }
  assert.deepEqual(await violations(lab.page), []);
});

test('the file that a link asks for is chosen again, and its run begins', async () => {
  const lab = await app.open('preset=small&limit=640&epochs=1');
  const model = await saved(lab, 'safetensors');
  await load(lab, model);
  const [hash, link] = [await lab.weightsHash(), await lab.hash()];
  assert.match(link, new RegExp(`weights=${hash}`));
  const other = await app.open(link);
  assert.match(await other.error(), /Choose that file again/);
  await load(other, model);
  await other.until('weights-hash', (text) => text === hash, { what: hash });
  await other.at('error').first().waitFor({ state: 'hidden' });
  await other.click('train');
  await other.state('finished');
});

test('a link to a run that began with a file says what is missing and offers the seed', async () => {
  const lab = await app.open('preset=small&weights=0123456789abcdef');
  assert.match(await lab.error(), /weights 0123456789abcdef of a file\. Choose that file again/);
  await lab.click('remedy');
  await lab.weightsHash();
  assert.doesNotMatch(await lab.hash(), /weights=/);
});
