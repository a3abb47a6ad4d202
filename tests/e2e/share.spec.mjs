// A link holds everything: who opens it gets the same run, bit for bit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Builder } from './lib/builder.mjs';
import { Draws } from './lib/random.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();

/** Settings that take about a second, as a link has them; few are the preset's. */
function randomSettings(draws) {
  const own = {
    ...randomTraining(draws),
    ...randomData(draws),
    preset: draws.of(['keras', 'fast99', 'best']),
    model: randomModel(draws),
    optimizer: draws.of(['sgd', 'rmsprop', 'adam', 'adamw']),
    lr: draws.of(['0.0005', '0.002', '0.01']),
    batch: draws.of([16, 32, 50, 64]),
    epochs: draws.from(1, 2),
    seed: draws.from(2, 9999),
    limit: draws.from(256, 512),
  };
  return Object.entries(own).map((pair) => pair.join('='));
}

/** Some of what can be told of how to train: each in about every third link. */
function randomTraining(draws) {
  const clip = draws.of(['clipnorm', 'global_clipnorm', 'clipvalue']);
  const decay_steps = draws.from(2, 9);
  const schedules = [
    { schedule: 'step', decay_steps, decay_rate: 0.5 },
    { schedule: 'exponential', decay_steps, decay_rate: 0.9 },
    { schedule: 'cosine', alpha: 0.1 },
    { schedule: 'onecycle', pct_start: 0.4 },
  ];
  const stop = draws.of(['val_loss', 'val_accuracy']);
  return some(draws, [
    { clip, clip_at: draws.of(['0.1', '2']) },
    { ...draws.of(schedules), warmup: draws.from(0, 4) },
    { stop, patience: draws.from(0, 1), min_delta: draws.of(['0', '0.5']), restore: draws.below(2) },
    { weight_decay: draws.of(['0.001', '0.1']) },
    { smoothing: '0.1', ema: '0.9' },
    { changes: `1:lr:0.003,3:batch:${draws.from(8, 40)}` },
    { noise: '0.1', shift: '1.5' },
  ]);
}

/** Which images are trained on, under which labels. */
function randomData(draws) {
  return some(draws, [{ without: draws.of(['3', '0,7']) }, { label_noise: draws.of(['0.1', '0.5']) }, { split: '0.2' }]);
}

/** About every third of some groups of settings, as one. */
const some = (draws, groups) => Object.assign({}, ...groups.filter(() => draws.below(3) === 0));

/** A few small layers that fit together. */
function randomModel(draws) {
  const weights = () =>
    draws.of(['', ',l1=0.001', ',l2=0.01', ',use_bias=false', ',kernel_initializer=he_normal', ',kernel_initializer=lecun_uniform']);
  const activation = () => draws.of(['', ',activation=relu', ',activation=tanh', ',activation=gelu']);
  const before = [
    () => `Conv2D:${draws.from(2, 6)},${draws.from(1, 3)}x${draws.from(1, 3)},padding=same${activation()}${weights()}`,
    () => 'MaxPooling2D',
    () => 'AveragePooling2D:padding=same',
    () => 'DepthwiseConv2D:3x3,padding=same',
    () => 'BatchNormalization',
    () => `Dropout:0.${draws.from(1, 4)}`,
  ];
  const after = [() => `Dense:${draws.from(4, 16)}${activation()}${weights()}`, () => 'LayerNormalization', () => 'Activation:relu'];
  const layers = (kinds, most) => Array.from({ length: draws.below(most + 1) }, () => draws.of(kinds)());
  const rows = draws.below(4) === 0 ? ['Reshape:28x28', `${draws.of(['GRU', 'LSTM', 'SimpleRNN'])}:${draws.from(3, 8)}${weights()}`] : [...layers(before, 3), 'Flatten'];
  return [...rows, ...layers(after, 2), 'Dense:10,activation=softmax'].join('/');
}

/** Trains to the end, and gives the fingerprint and the link's settings: the copied one, on a phone that of the address. */
async function runOf(lab) {
  await lab.weightsHash();
  await lab.click('train');
  await lab.state('finished');
  const fingerprint = await lab.weightsHash();
  const copy = lab.page.getByRole('button', { name: 'Copy a link' });
  const hash = (await copy.isVisible()) ? await copied(lab, copy) : await lab.hash();
  await lab.page.context().close();
  return { fingerprint, hash };
}

async function copied(lab, copy) {
  await lab.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  assert.match(await copy.getAttribute('title'), /same SIMD tier/);
  await copy.click();
  await lab.page.getByRole('button', { name: 'Link copied' }).waitFor();
  const link = await lab.page.evaluate(() => navigator.clipboard.readText());
  return new URL(link).hash.slice(1);
}

for (let seed = 1; seed <= 20; seed++) {
  test(`random settings ${seed}: the copied link gives the same fingerprint`, async () => {
    const settings = randomSettings(new Draws(seed));
    const first = await runOf(await app.open(settings.join('&')));
    const phone = seed % 2 === 0 ? { viewport: { width: 390, height: 844 } } : {};
    const second = await runOf(await app.open(first.hash, phone));
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
