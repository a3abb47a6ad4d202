// The page comes up whole, quietly, and from its own origin only. `stage` fails every test on a console message.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAYERS, PARAMS } from './lib/recipe.mjs';
import { serve } from './lib/server.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();

async function assertWhole(lab) {
  await lab.state('idle');
  await lab.weightsHash();
  assert.equal(await lab.number('param-count'), PARAMS);
  assert.equal(await lab.number('worker-count'), 1);
  assert.equal(await lab.number('global-step'), 0);
  assert.match(await lab.read('simd-tier'), /^(relaxed|simd128)$/);
  for (const [index, parts] of LAYERS.entries()) {
    const row = await lab.at(`layer-${index}`).innerText();
    for (const part of parts) assert.ok(row.includes(part), `"${row}" shows ${part}`);
  }
  for (const button of ['train', 'step', 'reset']) assert.ok(await lab.at(button).isVisible(), button);
}

test('the page loads, and the seed recipe stands ready', async () => {
  const lab = await app.open();
  assert.match(await lab.page.title(), /Digit Lab/);
  await assertWhole(lab);
});

test('less than 1,500 kB are downloaded before a drawing is answered', async (t) => {
  const server = await serve();
  try {
    server.fail(/^data\//);
    const lab = await app.open('', { url: server.url, faulty: true });
    await lab.draw(DIGITS[1]);
    await lab.answer();
    const arrived = server.answers.filter(({ status }) => status === 200);
    const kilobytes = arrived.reduce((sum, { sentBytes }) => sum + sentBytes / 1000, 0);
    t.diagnostic(`figure: ${kilobytes.toFixed(1)} kB in ${arrived.length} files`);
    assert.ok(kilobytes < 1500, `${kilobytes} kB`);
  } finally {
    await server.close();
  }
});

test('no request leaves the origin, training included', async () => {
  const lab = await app.open('limit=640&epochs=1&autostart=1');
  await lab.state('finished');
  const away = lab.requests.filter((url) => !url.startsWith(app.server.origin) && !/^(blob|data):/.test(url));
  assert.deepEqual(away, []);
});

test('it works from a sub-path, on a host that isolates origins', async () => {
  const server = await serve({
    prefix: '/people/ada/lab/',
    headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' },
  });
  try {
    const lab = await app.open('limit=640&epochs=1', { url: server.url });
    await assertWhole(lab);
    await lab.click('step');
    await lab.steps(1);
    assert.deepEqual(server.answers.filter(({ status }) => status !== 200), []);
  } finally {
    await server.close();
  }
});
