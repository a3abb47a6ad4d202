// What good files and links become by chance, through the page's own inputs, in WebAssembly: nothing panics, hangs, fills the
// memory or changes the model. HOSTILE_INPUTS says how many there are in all; tests/hostile.rs gives the same readers
// millions, natively.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { feedData, feedLinks, feedModels, feedRuns, prepare, storeRecords, storedRecords } from './lib/hostile.mjs';
import { cycle, file, images, labels } from './lib/idx.mjs';
import { untilStored } from './lib/recovery.mjs';
import { reload, segment } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';

const INPUTS = Number(process.env.HOSTILE_INPUTS ?? 1000);
/** In one call of the page. */
const BATCH = 500;
const SLOWEST = 1000;
const MOST_MEGABYTES = 16;
// Else Chromium slows a page down that changes its address often.
const app = stage({ browser: { args: ['--disable-ipc-flooding-protection'] } });
const bytes = (buffer) => [...buffer];
const say = [];
after(() => say.forEach((line) => console.log(line)));

const SMALL = 'model=Conv2D:2,3x3/ReLU:max_value=6/MaxPooling2D:pool_size=4x4/BatchNormalization/Flatten/Dense:10,activation=softmax&limit=640&epochs=1&pretrained=0';

/** Gives a reader its share of the inputs, some at a time, and checks how long they took. */
async function feed(lab, what, share, feeder, options) {
  const count = Math.ceil(INPUTS * share);
  const sum = { taken: 0, slowest: 0 };
  const begun = Date.now();
  for (let from = 0; from < count; from += BATCH) {
    const range = { ...options, from, to: Math.min(count, from + BATCH) };
    const { taken = 0, slowest } = await lab.page.evaluate(feeder, range);
    sum.taken += taken;
    sum.slowest = Math.max(sum.slowest, slowest);
  }
  say.push(`${what}: ${count} inputs, ${sum.taken} taken, slowest ${Math.round(sum.slowest)} ms, ${Math.round((Date.now() - begun) / 1000)} s`);
  assert.ok(sum.slowest < SLOWEST, `${what}: ${sum.slowest} ms`);
  return sum;
}

/** Megabytes of the workers' memory, told with the next sign of life. */
async function memory(lab) {
  await segment(lab, 'Engine');
  await lab.page.waitForTimeout(1500);
  return lab.number('memory-mb');
}

async function open(hash = SMALL) {
  const lab = await app.open(hash);
  await lab.weightsHash();
  // What comes later would count as what reading takes.
  await lab.until('data-state', (text) => /training/.test(text), { what: 'the data' });
  await lab.page.evaluate(prepare);
  return lab;
}

/** What a click on a button downloads. */
async function download(lab, id) {
  const [downloaded] = await Promise.all([lab.page.waitForEvent('download'), lab.click(id)]);
  return readFile(await downloaded.path());
}

for (const ending of ['safetensors', 'onnx']) {
  test(`models in .${ending} files`, async () => {
    const lab = await open();
    const seeds = [bytes(await download(lab, `export-${ending}`))];
    const before = await memory(lab);
    const { taken } = await feed(lab, ending, 0.25, feedModels, { seeds, ending });
    const grown = (await memory(lab)) - before;
    say.push(`${ending}: memory grew by ${grown} MB`);
    assert.ok(grown <= MOST_MEGABYTES, `${grown} MB`);
    assert.ok(taken > 0, 'some weights are others');
    // The last ones may be of any size.
    await lab.click('from-seed');
    await lab.at('from-seed').waitFor({ state: 'hidden' });
    await lab.click('reset');
    await lab.state('idle');
    await lab.click('step');
    await lab.steps(1);
  });
}

test("the user's images and labels, raw and gzipped", async () => {
  const lab = await open();
  const values = cycle(60, 10);
  const good = { 'import-images': images(values), 'import-labels': labels(values) };
  for (const [id, content] of Object.entries(good)) await lab.at(id).setInputFiles(file('good.idx', content));
  await lab.until('data-state', (text) => text === '50 training, 10 test images', { what: 'the data' });
  const before = await memory(lab);
  for (const [id, other] of [['import-images', 'import-labels'], ['import-labels', 'import-images']]) {
    const files = { id, other, own: bytes(good[id]), good: bytes(good[other]) };
    await feed(lab, `${id} raw`, 0.05, feedData, { ...files, seeds: [files.own], ending: 'idx' });
    await feed(lab, `${id} gzipped`, 0.05, feedData, { ...files, seeds: [bytes(gzipSync(good[id]))], ending: 'gz' });
  }
  const grown = (await memory(lab)) - before;
  say.push(`data: memory grew by ${grown} MB`);
  assert.ok(grown <= MOST_MEGABYTES, `${grown} MB`);
});

test('saved runs', async () => {
  const lab = await open();
  await lab.click('step');
  await lab.steps(1);
  await untilStored(lab);
  const seeds = [bytes(await download(lab, 'download-saved'))];
  const before = await memory(lab);
  await segment(lab, 'History');
  const { taken } = await feed(lab, 'saved runs', 0.15, feedRuns, { seeds });
  const grown = (await memory(lab)) - before;
  say.push(`saved runs: memory grew by ${grown} MB`);
  assert.ok(grown <= MOST_MEGABYTES, `${grown} MB`);
  assert.ok(taken > 0, 'some runs are only a little different');
});

test('the history', async () => {
  const lab = await open();
  await lab.click('train');
  await lab.state('finished');
  await lab.page.waitForTimeout(500);
  const seeds = await lab.page.evaluate(storedRecords);
  const count = Math.ceil(INPUTS * 0.1);
  let slowest = 0;
  for (let from = 0; from < count; from += BATCH) {
    await lab.page.evaluate(storeRecords, { seeds, from, to: Math.min(count, from + BATCH) });
    const begun = Date.now();
    await reload(lab);
    slowest = Math.max(slowest, Date.now() - begun);
    await segment(lab, 'History');
    await lab.page.evaluate(prepare);
  }
  say.push(`history: ${count} records, ${BATCH} at a time, slowest page ${slowest} ms`);
});

test('links', async () => {
  const lab = await open();
  const seeds = [
    'model=Conv2D:2,3x3,activation=relu/MaxPooling2D/Flatten/Dense:10,activation=softmax&limit=640&epochs=1',
    'preset=small&optimizer=adamw&beta1=0.8&schedule=onecycle&pct_start=0.2&clip=clipnorm&clip_at=2',
    'weights=0123456789abcdef&data=own-00c0ffee&without=3,7&changes=120:lr:0.01,300:batch:32&seed=9',
    'task=Reach%20it&lock=data,model&goal=acc:0.98,params:10000&expect=0123456789abcdef',
  ];
  await feed(lab, 'links', 0.1, feedLinks, { seeds });
  await lab.page.evaluate(() => (location.hash = 'limit=640'));
  await lab.weightsHash();
  await lab.click('step');
  await lab.steps(1);
});
