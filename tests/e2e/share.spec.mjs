// A link holds everything: who opens it gets the same run, bit for bit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Builder } from './lib/builder.mjs';
import { Draws } from './lib/random.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();

/** Settings that take about a second, as a link has them; none is the preset's. */
function randomSettings(draws) {
  const own = {
    preset: draws.of(['keras', 'fast99', 'best']),
    model: randomModel(draws),
    optimizer: draws.of(['sgd', 'rmsprop', 'adam']),
    lr: draws.of(['0.0005', '0.002', '0.01']),
    batch: draws.of([16, 32, 50, 64]),
    epochs: 1,
    seed: draws.from(2, 9999),
    limit: draws.from(256, 512),
  };
  return Object.entries(own).map((pair) => pair.join('='));
}

/** A few small layers that fit together. */
function randomModel(draws) {
  const activation = () => draws.of(['', ',activation=relu', ',activation=tanh', ',activation=gelu']);
  const before = [
    () => `Conv2D:${draws.from(2, 6)},${draws.from(1, 3)}x${draws.from(1, 3)},padding=same${activation()}`,
    () => 'MaxPooling2D',
    () => 'AveragePooling2D:padding=same',
    () => 'DepthwiseConv2D:3x3,padding=same',
    () => 'BatchNormalization',
    () => `Dropout:0.${draws.from(1, 4)}`,
  ];
  const after = [() => `Dense:${draws.from(4, 16)}${activation()}`, () => 'LayerNormalization', () => 'Activation:relu'];
  const some = (kinds, most) => Array.from({ length: draws.below(most + 1) }, () => draws.of(kinds)());
  const rows = draws.below(4) === 0 ? ['Reshape:28x28', `GRU:${draws.from(3, 8)}`] : [...some(before, 3), 'Flatten'];
  return [...rows, ...some(after, 2), 'Dense:10,activation=softmax'].join('/');
}

/** Trains to the end, and gives the fingerprint and the copied link's settings. */
async function runOf(lab) {
  await lab.weightsHash();
  await lab.click('train');
  await lab.state('finished');
  const fingerprint = await lab.weightsHash();
  await lab.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await lab.page.getByRole('button', { name: 'Copy a link' }).click();
  await lab.page.getByRole('button', { name: 'Link copied' }).waitFor();
  const link = await lab.page.evaluate(() => navigator.clipboard.readText());
  await lab.page.context().close();
  return { fingerprint, hash: new URL(link).hash.slice(1) };
}

for (let seed = 1; seed <= 20; seed++) {
  test(`random settings ${seed}: the copied link gives the same fingerprint`, async () => {
    const settings = randomSettings(new Draws(seed));
    const first = await runOf(await app.open(settings.join('&')));
    const second = await runOf(await app.open(first.hash));
    assert.deepEqual(second, first, settings.join('&'));
  });
}

test('what was set by hand is in the link, and nothing else', async () => {
  const lab = await app.open('limit=256&epochs=1');
  const model = new Builder(lab);
  await model.open(0);
  await model.type('filters', '4');
  await model.add('Dropout');
  await lab.page.locator('#setting-lr').fill('0.002');
  const { hash, fingerprint } = await runOf(lab);
  const layers = [
    'Conv2D:4,3x3,activation=relu/Dropout:0.5/MaxPooling2D/Conv2D:64,3x3,activation=relu/MaxPooling2D',
    'Conv2D:64,3x3,activation=relu/Flatten/Dense:64,activation=relu/Dense:10,activation=softmax',
  ];
  assert.deepEqual(hash.split('&').sort(), [`model=${layers.join('/')}`, 'epochs=1', 'limit=256', 'lr=0.002'].sort());
  assert.equal((await runOf(await app.open(hash))).fingerprint, fingerprint);
});
