// Where the browser stores nothing, no more, or something else than it was given.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUN, stored, untilStored } from './lib/recovery.mjs';
import { segment } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();

test('a browser that stores nothing says so at once, trains on, and offers the run as a file that can be opened', async () => {
  const forbid = () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('not allowed here', 'SecurityError');
    };
  };
  const lab = await app.open(RUN, { faulty: true, script: forbid });
  await lab.click('train');
  const offer = lab.page.locator('.notice', { hasText: 'run cannot be saved' });
  await offer.waitFor();
  assert.equal(await lab.read('run-state'), 'training');
  await lab.state('finished');
  const hash = await lab.read('weights-hash');
  await sleep(2500);
  const [file] = await Promise.all([lab.page.waitForEvent('download'), offer.getByTestId('remedy').click()]);
  const path = await file.path();
  const fresh = await app.open('pretrained=0');
  await segment(fresh, 'History');
  await fresh.at('open-saved').setInputFiles(path);
  await fresh.click('resume-run');
  await fresh.state('finished');
  assert.equal(await fresh.read('weights-hash'), hash);
});

test('the storage is full in the middle of a run: said at once, training goes on', async () => {
  const lab = await app.open(RUN, { faulty: true });
  await lab.click('train');
  await untilStored(lab);
  await lab.page.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await lab.page.locator('.notice', { hasText: 'run cannot be saved' }).waitFor();
  await lab.state('finished');
});

test('a database that is deleted in the middle of a run is made anew', async () => {
  const lab = await app.open(RUN, { faulty: true });
  await lab.click('train');
  await untilStored(lab);
  await lab.page.evaluate(() => new Promise((resolve) => (indexedDB.deleteDatabase('digit-lab').onsuccess = resolve)));
  await lab.state('finished');
  await sleep(2500);
  assert.equal((await stored(lab.page)).length > 0, true);
});

test('a saved run of another version is left alone, with a message', async () => {
  const lab = await app.open(RUN, { faulty: true });
  await lab.click('train');
  await lab.steps(50);
  await lab.click('pause');
  await lab.state('paused');
  await untilStored(lab);
  const rewrite = () =>
    new Promise((resolve) => {
      const opening = indexedDB.open('digit-lab');
      opening.onsuccess = () => {
        const store = opening.result.transaction('saved', 'readwrite').objectStore('saved');
        const keys = store.getAllKeys();
        keys.onsuccess = () => {
          const files = store.getAll();
          files.onsuccess = () => {
            files.result.forEach((file, place) => {
              new DataView(file.buffer).setUint32(8, 99, true);
              store.put(file, keys.result[place]);
            });
            store.transaction.oncomplete = () => resolve(opening.result.close());
          };
        };
      };
    });
  await lab.page.evaluate(rewrite);
  await lab.page.reload();
  assert.match(await lab.error(), /version 99/);
  assert.equal(await lab.at('resume-offer').count(), 0);
});
