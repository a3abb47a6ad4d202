// The URL carries the settings. A bad value gives a message and the default, never a broken page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';

const app = stage();

const BAD = ['epochs=0', 'epochs=many', 'batch=-1', 'lr=fast', 'lr=-0.1', 'optimizer=adagrad', 'seed=-3', 'workers=0',
  'simd=mmx', 'limit=none', 'preset=gpt', 'autostart=maybe', 'colour=red', 'epochs=%', '%E0%A4%A'];

for (const hash of BAD) {
  test(`#${hash} gives a message and the default`, async () => {
    const lab = await app.open(hash);
    const name = hash.split('=')[0];
    const message = await lab.error();
    assert.ok(message.includes(decodeURIComponentSafe(name)), `"${message}" names ${name}`);
    await lab.state('idle');
    await lab.click('step');
    await lab.steps(1);
  });
}

test('good values are taken, and no message is shown', async () => {
  const lab = await app.open('preset=keras&epochs=1&batch=32&lr=0.002&optimizer=adam&seed=11&limit=320&autostart=1');
  await lab.state('finished');
  assert.equal(await lab.number('global-step'), 10);
  assert.equal(await lab.errorText(), '');
});

function decodeURIComponentSafe(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
