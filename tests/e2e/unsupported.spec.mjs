// A browser that cannot run the app gets a clear message, not a blank page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';

// Without SSE 4.1 V8 has no WebAssembly SIMD, in the page and in its workers.
const plain = stage({ browser: { args: ['--js-flags=--no-enable-sse4-1'] } });
const app = stage();

test('no WebAssembly SIMD', async () => {
  const lab = await plain.open('', { faulty: true });
  const simd = await lab.page.evaluate(() =>
    WebAssembly.validate(
      new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]),
    ),
  );
  assert.equal(simd, false, 'this browser was to have no SIMD');
  assert.match(await lab.error(), /SIMD/);
});

test('no WebAssembly', async () => {
  const lab = await app.open('', { faulty: true, script: () => delete globalThis.WebAssembly });
  assert.match(await lab.error(), /WebAssembly/);
});

test('no Worker', async () => {
  const lab = await app.open('', { faulty: true, script: () => delete globalThis.Worker });
  assert.match(await lab.error(), /worker/i);
});

test('no JavaScript', async () => {
  const lab = await app.open('', { faulty: true, javaScriptEnabled: false });
  assert.match(await lab.page.locator('body').innerText(), /JavaScript/);
});
