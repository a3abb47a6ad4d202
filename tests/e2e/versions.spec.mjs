// A page that meets a worker of another version, as a cache can bring it about, asks for a reload and never waits for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';

const app = stage();
const SAID_WITHIN = 5000;

/** Changes the first message of every worker, at the first visit only. */
function otherWorker(change) {
  return `
    if (!sessionStorage.getItem('visited')) {
      sessionStorage.setItem('visited', 'yes');
      window.Worker = class extends Worker {
        constructor(...given) {
          super(...given);
          // Heard before the page hears it.
          this.addEventListener('message', ({ data }) => (${change})(new Uint8Array(data)), { once: true });
        }
      };
    }`;
}

const WORKERS = {
  // [one event, Ready, length of the build's name, name...]
  'of another build': (bytes) => (bytes[4] = bytes[4] === 48 ? 49 : 48),
  'whose messages cannot be read': (bytes) => bytes.fill(255),
};

for (const [what, change] of Object.entries(WORKERS)) {
  test(`a worker ${what} is reported at once, and a reload helps`, async () => {
    const lab = await app.open('limit=640&epochs=1', { faulty: true, script: { content: otherWorker(change) } });
    assert.match(await lab.error(SAID_WITHIN), /different versions\. Reload/);
    assert.equal(await lab.read('run-state'), 'failed');
    await lab.click('remedy');
    await lab.weightsHash();
    assert.equal(await lab.errorText(), '');
    await lab.click('train');
    await lab.state('finished');
  });
}
