// What good files and links become by chance, through the page's own inputs, in WebAssembly: nothing panics, hangs, fills the
// memory or changes the model. HOSTILE_INPUTS says how many there are in all; tests/hostile.rs gives the same readers
// millions, natively.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
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
const figure = { inputs: 0, slowest: 0, grown: 0 };
after(() => {
  say.forEach((line) => console.log(line));
  const { inputs, slowest, grown } = figure;
  console.log(`figure: ${inputs} inputs, slowest ${Math.round(slowest)} ms, at most ${grown} MB more`);
});

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
  figure.inputs += count;
  figure.slowest = Math.max(figure.slowest, sum.slowest);
  return sum;
}

/** Asserts that the workers take little more memory than before. */
async function assertGrownLittle(lab, before, what) {
  const grown = (await memory(lab)) - before;
  say.push(`${what}: memory grew by ${grown} MB`);
  assert.ok(grown <= MOST_MEGABYTES, `${grown} MB`);
  figure.grown = Math.max(figure.grown, grown);
}

/** Megabytes of the workers' memory, told with the next sign of life. */
async function memory(lab) {
  await segment(lab, 'Engine');
  const megabytes = await lab.settled(() => lab.read('memory-mb'), { accept: (text) => text !== '-', every: 750 });
  return Number(megabytes);
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

/** A safetensors file with its numbers in 16 bits. */
function halved(file) {
  const length = Number(file.readBigUInt64LE());
  const header = JSON.parse(file.subarray(8, 8 + length));
  for (const [name, tensor] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    tensor.dtype = 'F16';
    tensor.data_offsets = tensor.data_offsets.map((offset) => offset / 2);
  }
  const numbers = file.subarray(8 + length);
  const halves = Buffer.alloc(numbers.length / 2);
  for (let at = 0; at < halves.length; at += 2) {
    const bits = numbers.readUInt32LE(2 * at);
    const exponent = ((bits >>> 23) & 0xff) - 112;
    halves.writeUInt16LE(((bits >>> 16) & 0x8000) | (exponent > 0 ? (exponent << 10) | ((bits >>> 13) & 0x3ff) : 0), at);
  }
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, halves]);
}

/** What PyTorch, Keras and others wrote, supported or not. */
async function foreign() {
  const folders = ['exported', 'graphs'].map((folder) => new URL(`../files/${folder}/`, import.meta.url));
  const names = await Promise.all(folders.map(async (folder) => (await readdir(folder)).map((name) => new URL(name, folder))));
  return Promise.all(names.flat().filter(({ pathname }) => pathname.endsWith('.onnx')).map((url) => readFile(url)));
}

const MORE_SEEDS = { safetensors: (own) => [halved(own)], onnx: foreign };

for (const ending of ['safetensors', 'onnx']) {
  test(`models in .${ending} files`, async () => {
    const lab = await open();
    const own = await download(lab, `export-${ending}`);
    const seeds = [own, ...(await MORE_SEEDS[ending](own))].map(bytes);
    const before = await memory(lab);
    const { taken } = await feed(lab, ending, 0.25, feedModels, { seeds, ending });
    await assertGrownLittle(lab, before, ending);
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
  await assertGrownLittle(lab, before, 'data');
});

test('saved runs', async () => {
  const lab = await open();
  await lab.click('step');
  await lab.steps(1);
  await untilStored(lab);
  const seeds = [bytes(await download(lab, 'download-saved'))];
  const before = await memory(lab);
  await segment(lab, 'History');
  const hash = await lab.weightsHash();
  await feed(lab, 'saved runs that are offered', 0.05, feedRuns, { seeds, hash });
  const { taken } = await feed(lab, 'saved runs that are resumed', 0.1, feedRuns, { seeds });
  await assertGrownLittle(lab, before, 'saved runs');
  assert.ok(taken > 0, 'some runs are only a little different');
  await lab.at('open-saved').setInputFiles(file('good.digitlab', Buffer.from(seeds[0])));
  await lab.click('resume-run');
  await lab.until('weights-hash', (text) => text === hash, { what: hash });
});

test('the history', async () => {
  const lab = await open();
  await lab.click('train');
  await lab.state('finished');
  await lab.becomes(async () => (await lab.page.evaluate(storedRecords)).length, 1, 'runs that are stored');
  const seeds = await lab.page.evaluate(storedRecords);
  const count = Math.ceil(INPUTS * 0.1);
  const [own, usual] = await opened(lab);
  let slowest = 0;
  for (let from = 0; from < count; from += BATCH) {
    await lab.page.evaluate(storeRecords, { seeds, from, to: Math.min(count, from + BATCH) });
    let [hash, longest] = await opened(lab);
    // Another program may have had the processor.
    if (longest - usual > SLOWEST) [hash, longest] = await opened(lab);
    assert.equal(hash, own, 'the model of the link');
    assert.ok(longest - usual <= SLOWEST, `a page with ${BATCH} records stands still for ${longest} ms, else for ${usual}`);
    slowest = Math.max(slowest, longest);
  }
  assert.ok((await lab.at('run').count()) > 0, 'some records are only a little different');
  figure.inputs += count;
  say.push(`history: ${count} records, ${BATCH} at a time; a page that opens stands still for ${slowest} ms at most, else for ${usual}`);
});

/** Opens the page again with its history: the model's fingerprint, and for how many ms it stood still at most. */
async function opened(lab) {
  await reload(lab);
  await segment(lab, 'History');
  // Of what cannot be read there is a word.
  await lab.at('run').or(lab.at('error')).first().waitFor();
  await lab.page.evaluate(prepare);
  const longest = await lab.page.evaluate(
    () =>
      new Promise((resolve) => {
        const longest = (list) => resolve(Math.max(...list.getEntries().map(({ duration }) => duration)));
        new PerformanceObserver(longest).observe({ type: 'longtask', buffered: true });
        setTimeout(() => resolve(0), 1000);
      }),
  );
  return [await lab.weightsHash(), longest];
}

const LINKS = [
  'model=Conv2D:2,3x3,activation=relu/MaxPooling2D/Flatten/Dense:10,activation=softmax&limit=640&epochs=1',
  'preset=small&optimizer=adamw&beta1=0.8&schedule=onecycle&pct_start=0.2&clip=clipnorm&clip_at=2',
  'weights=0123456789abcdef&data=own-00c0ffee&without=3,7&changes=120:lr:0.01,300:batch:32&seed=9',
  'task=Reach%20it&lock=data,model&goal=acc:0.98,params:10000&expect=0123456789abcdef',
];

test('links, before a run and in one', async () => {
  const lab = await open();
  await feed(lab, 'links before a run', 0.05, feedLinks, { seeds: LINKS });
  await lab.page.evaluate(() => (location.hash = 'limit=640'));
  await lab.weightsHash();
  await lab.click('step');
  await lab.steps(1);
  await lab.state('paused');
  await feed(lab, 'links in a run, whose weights stay', 0.05, feedLinks, { seeds: LINKS, hash: await lab.weightsHash() });
});
