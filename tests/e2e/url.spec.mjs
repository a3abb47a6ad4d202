// The URL carries the settings. A bad value gives a message and the default, never a broken page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';

const app = stage();

/** A bad parameter, and what the message must name: what is wrong with it, and what came. */
const BAD = {
  'preset=gpt': /preset.*gpt/,
  'epochs=0': /epochs.*\b0\b/,
  'epochs=many': /epochs.*many/,
  'batch=-1': /batch.*-1/,
  'lr=fast': /lr.*fast/,
  'lr=-0.1': /learning_rate.*-0\.1/,
  'lr=NaN': /NaN/,
  'optimizer=adagrad': /optimizer.*adagrad/,
  'seed=-3': /seed.*-3/,
  'workers=0': /workers.*\b0\b/,
  'simd=mmx': /simd.*mmx/,
  'limit=none': /limit.*none/,
  'autostart=maybe': /autostart.*maybe/,
  'colour=red': /colour/,
  'epochs=%': /epochs.*%/,
  '%E0%A4%A': /%E0/,
};

for (const [hash, message] of Object.entries(BAD)) {
  test(`#${hash} gives a message and the default`, async () => {
    const lab = await app.open(hash);
    assert.match(await lab.error(), message);
    await lab.weightsHash();
    assert.equal(await lab.read('run-state'), 'idle');
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
