// The address while the page is open: a link is taken over, and what is no link is harmless.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Builder } from './lib/builder.mjs';
import { Draws } from './lib/random.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const PRESETS = ['keras', 'fast99', 'best', 'lenet5', 'mlp', 'softmax', 'gru', 'small', 'overfit'];

test('a link that comes while the page is open is taken over without a reload; a run goes on until Reset', async () => {
  const lab = await app.open('limit=6000&epochs=200');
  await lab.page.evaluate(() => (window.same = true));
  const change = (hash) => lab.page.evaluate((hash) => (location.hash = hash), hash);
  await change('model=Flatten/Dense:10,activation=softmax&limit=6000&epochs=200');
  await lab.until('param-count', (text) => text === '7850', { what: 7850 });
  assert.deepEqual(await new Builder(lab).kinds(), ['Flatten', 'Dense']);
  await lab.click('train');
  await lab.steps(2);
  await change('limit=640');
  await lab.page.getByText('New changes: Reset to apply').waitFor();
  assert.equal(await lab.read('run-state'), 'training');
  assert.equal(await lab.number('param-count'), 7850);
  await lab.click('reset');
  await lab.until('param-count', (text) => text === '93322', { what: 93322 });
  await change('limit=640&epochs=1&autostart=1');
  await lab.state('finished');
  assert.ok(await lab.page.evaluate(() => window.same), 'the page is the same');
  const other = (await lab.read('simd-tier')) === 'relaxed' ? 'simd128' : 'relaxed';
  await change(`simd=${other}`);
  assert.match(await lab.error(), /simd/);
  await lab.click('remedy');
  await lab.page.waitForFunction(() => !window.same);
});

test('every preset shows what it was measured to reach, and can be trained', async () => {
  const lab = await app.open();
  const measured = new Set();
  for (const id of PRESETS) {
    await lab.page.evaluate((id) => (location.hash = `preset=${id}`), id);
    await lab.page.waitForFunction((id) => document.querySelector('#setting-preset').value === id, id);
    const said = await lab.page.locator('.measured').innerText();
    assert.match(said, /^Measured: test accuracy 0\.\d{4}/, id);
    measured.add(said);
    await lab.click('reset');
    await lab.state('idle');
    await lab.click('step');
    await lab.state('paused');
    assert.equal(await lab.number('global-step'), 1, id);
    assert.match(await lab.read('train-loss'), /^\d+\.\d+$/, id);
  }
  assert.equal(measured.size, PRESETS.length, 'each has figures of its own');
});

/** The names of the settings in a link, as ARCHITECTURE.md has them, but those that may hold any text. */
function settingNames() {
  const text = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
  const [list] = text.match(/^URL hash: [^]*?A bad value/m);
  const rows = text.match(/^\| `.*\|$/gm).map((row) => row.split('|'));
  const choices = rows.map(([, names, what]) => names + (what.match(/then .*/)?.[0] ?? ''));
  const names = [list, ...choices].flatMap((part) => [...part.matchAll(/`(\w+)[`=]/g)].map(([, name]) => name));
  return [...new Set(names)].filter((name) => !['model', 'classes', 'task'].includes(name));
}

/** Hashes of which nothing can be used. */
function hostileHashes(count) {
  const draws = new Draws(500);
  const values = [
    '', 'NaN', '-1', '1e999', '0x10', 'null', '../../etc/passwd', '<script>alert(1)</script>', "';drop table", '\u202e',
    '%00', '%ff', '%E0%A4%A', '💣', '9'.repeat(400), '-0', '∞', 'undefined', '[object Object]', 'a'.repeat(5000),
  ];
  const models = [
    'Dense:10', 'Flatten/', '/', 'Flatten/Dense:0', 'Flatten/Dense:1', 'Flatten/Dense:99999', 'Flatten/Dense:ten',
    'Conv2D:32,99x99/Flatten/Dense:10', 'Conv2D:4096,4096x4096,padding=same/Flatten/Dense:10', 'Flatten/Dense:10,units',
    'Flatten/Dense:10,activation=boom', 'Flatten/'.repeat(70) + 'Dense:10', 'Flatten/Dense:10,activation=softmax/Dense:10',
    'Reshape:4096x4096x4096/Flatten/Dense:10', 'Flatten/Dense:10/Conv2D:1,1', 'LSTM:10', 'Dropout:2/Flatten/Dense:10',
    'Flatten/Dense:4096/Dense:4096/Dense:10', 'DepthwiseConv2D:3,depth_multiplier=4096/'.repeat(3) + 'Flatten/Dense:10',
  ];
  const names = settingNames();
  assert.ok(names.length > 45 && ['lr', 'beta2', 'restore', 'without', 'goal'].every((name) => names.includes(name)), names.join());
  // Nothing, and a zero with a sign, are values that some settings have.
  const never = values.filter((value) => value !== '' && value !== '-0');
  const bad = () => {
    switch (draws.below(4)) {
      case 0:
        return `model=${draws.of(models)}`;
      case 1:
        return `model=${draws.of(values.slice(1))}`;
      case 2:
        return `${draws.of(names)}=${draws.of(never)}`;
      default:
        return `${draws.of(['__proto__', 'x', '<b>', 'Epochs', '%', 'constructor'])}=${draws.of(values)}`;
    }
  };
  return Array.from({ length: count }, () => Array.from({ length: draws.from(1, 3) }, bad).join('&'));
}

test('500 hostile hashes: a message and the default, nothing else', async () => {
  const hashes = hostileHashes(500);
  // Chromium slows a page down that changes its address more than 200 times in 10 s; each of these changes it twice.
  for (let start = 0; start < hashes.length; start += 90) {
    const lab = await app.open('limit=640', { viewport: SIZES[(start / 90) % 2] });
    const first = await lab.weightsHash();
    const scripts = await lab.page.evaluate(() => document.scripts.length);
    for (const hash of hashes.slice(start, start + 90)) {
      const after = await lab.page.evaluate(become, hash);
      assert.match(after.error, /^In the address: .{10,2000}/s, hash);
      assert.equal(after.hash, '', `${hash} leaves the default`);
      assert.equal(after.scripts, scripts, hash);
    }
    await lab.weightsHash();
    assert.equal(await lab.read('run-state'), 'idle');
    await lab.page.evaluate(become, 'limit=640');
    await lab.until('weights-hash', (text) => text === first, { what: first });
    await lab.click('step');
    await lab.steps(1);
    await lab.page.context().close();
  }
});

test('20 of them, each on a fresh page', async () => {
  for (const [index, hash] of hostileHashes(20).entries()) {
    const lab = await app.open(hash, { viewport: SIZES[index % 2] });
    assert.match(await lab.error(), /^In the address: .{10,2000}/s, hash);
    await lab.weightsHash();
    assert.deepEqual([await lab.read('run-state'), await lab.read('param-count')], ['idle', '93322'], hash);
    await lab.page.context().close();
  }
});

/** In the page: what it says and holds once it has another hash. */
async function become(hash) {
  const changed = new Promise((resolve) => addEventListener('hashchange', () => setTimeout(resolve), { once: true }));
  location.hash = hash;
  await changed;
  const error = document.querySelector('[data-testid="error"] p')?.textContent ?? '';
  return { error, hash: location.hash, scripts: document.scripts.length };
}
