// One flipped bit in any program file: the file is refused, and the page says which, instead of going dead.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';

const app = stage();
const FILES = readdirSync(new URL('../../dist', import.meta.url)).filter((name) => /\.(js|wasm|css)$/.test(name) && name !== 'sw.js');

const literal = (name) => new RegExp(`^${name.replaceAll('.', '\\.')}$`);

/** In the middle of the file, one bit that leaves a letter a letter. */
function flip(body) {
  const flipped = Buffer.from(body);
  flipped[flipped.length >> 1] ^= 1;
  return { body: flipped };
}

for (const name of FILES) {
  test(`one flipped bit in ${name.replace(/-[0-9a-f]{12,}/, '')} is refused with a message`, async () => {
    const mend = app.server.fail(literal(name), flip);
    try {
      const simd = name.startsWith('worker') && !name.includes('relaxed') ? 'simd=simd128' : '';
      const lab = await app.open(simd, { faulty: true });
      if (name === 'loader.js') {
        // Nothing runs that could say more; the page's own text does.
        await lab.page.getByText(/please reload/).first().waitFor({ state: 'visible', timeout: 15_000 });
      } else {
        assert.match(await lab.error(15_000), new RegExp(`${name.replaceAll('.', '\\.')} is not the file`));
      }
    } finally {
      mend();
    }
  });
}

for (const name of ['data/manifest.json', 'model/pretrained.bin', 'model/gate.bin']) {
  test(`one flipped bit in ${name} is refused with a message`, async () => {
    const mend = app.server.fail(literal(name), flip);
    try {
      const lab = await app.open('', { faulty: true });
      assert.match(await lab.error(15_000), new RegExp(`${literal(name).source.slice(1, -1)} is not the file`));
    } finally {
      mend();
    }
  });
}

test('as built, all of it is taken', async () => {
  const lab = await app.open();
  await lab.weightsHash();
  assert.ok(FILES.length > 20);
});
