// A data set that does not arrive, or arrives broken: said aloud, and retried at a click.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();
const SHARD = /^data\/(?!manifest).*$/;

const FAULTS = {
  'is missing': { pattern: SHARD },
  'has a flipped byte': {
    pattern: SHARD,
    fault: (body) => {
      const bad = Buffer.from(body);
      bad[bad.length >> 1] ^= 0x55;
      return { body: bad };
    },
  },
  'is cut short': { pattern: SHARD, fault: (body) => ({ body: body.subarray(0, body.length >> 1) }) },
  'has no manifest': { pattern: /^data\/manifest/ },
  'has a manifest that is something else': { pattern: /^data\/manifest/, fault: () => ({ body: '<!doctype html>' }) },
};

for (const [what, { pattern, fault }] of Object.entries(FAULTS)) {
  test(`a data set that ${what} is reported, and retry works`, async () => {
    const mend = app.server.fail(pattern, fault);
    try {
      const lab = await app.open('limit=640&epochs=1', { faulty: true });
      await lab.click('train');
      assert.match(await lab.error(), /data set/);
      assert.notEqual(await lab.read('run-state'), 'training');
      await lab.draw(DIGITS[1]);
      await lab.answer();

      mend();
      await lab.click('remedy');
      await lab.at('error').first().waitFor({ state: 'hidden' });
      if ((await lab.read('run-state')) === 'idle') await lab.click('train');
      await lab.state('finished');
    } finally {
      mend();
    }
  });
}

for (const [what, fault] of Object.entries({ missing: undefined, broken: () => ({ body: 'no safetensors' }) })) {
  test(`a shipped model that is ${what} is reported, and training works without it`, async () => {
    const mend = app.server.fail(/pretrained/, fault);
    try {
      const lab = await app.open('limit=640&epochs=1', { faulty: true });
      assert.match(await lab.error(), /model/i);
      await lab.click('train');
      await lab.state('finished');
      await lab.draw(DIGITS[1]);
      await lab.answer();
    } finally {
      mend();
    }
  });
}
