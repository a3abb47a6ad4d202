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

test('the storage is full: said at once, training goes on, and it is saved when there is room', async () => {
  const lab = await app.open(RUN.replace('epochs=4', 'epochs=12'), { faulty: true });
  await lab.weightsHash();
  const devtools = await lab.page.context().newCDPSession(lab.page);
  const quota = (quotaSize) => devtools.send('Storage.overrideQuotaForOrigin', { origin: app.server.origin, quotaSize });
  await quota(1);
  await lab.click('train');
  const refusal = lab.page.locator('.notice', { hasText: 'run cannot be saved' });
  await refusal.waitFor();
  assert.match(await refusal.textContent(), /no room/);
  assert.equal(await lab.read('run-state'), 'training');
  await quota(undefined);
  await untilStored(lab);
  await refusal.waitFor({ state: 'hidden' });
  await lab.state('finished');
});

const deleted = (page) => page.evaluate(() => new Promise((resolve) => (indexedDB.deleteDatabase('digit-lab').onsuccess = resolve)));

async function evicted(page, origin) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
}

for (const [what, strike] of Object.entries({ deleted, evicted })) {
  test(`the storage is ${what} in the middle of a run: said, and made anew`, async () => {
    const lab = await app.open(RUN, { faulty: true });
    await lab.click('train');
    await untilStored(lab);
    await strike(lab.page, app.server.origin);
    await lab.page.locator('.notice', { hasText: 'history will not survive' }).waitFor();
    await lab.state('finished');
    await lab.until('stored', (text) => /step 400/.test(text), { what: 'the last step' });
    assert.equal((await stored(lab.page)).length > 0, true);
  });
}

test('a saved run of another version is left alone, with a message', async () => {
  const lab = await app.open(RUN.replace('epochs=4', 'epochs=40'), { faulty: true });
  await lab.click('train');
  await lab.steps(50);
  await lab.click('pause');
  await lab.state('paused');
  const step = await lab.read('global-step');
  await untilStored(lab);
  // An epoch's end before the pause is saved, too.
  await lab.until('stored', (text) => text.includes(`step ${step},`), { what: `step ${step}` });
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
  assert.ok((await stored(lab.page)).length > 0, 'it is still there');
  await segment(lab, 'History');
  await lab.click('delete-saved');
  await lab.becomes(() => stored(lab.page), [], 'what is stored');
});

test('a database of a newer version asks for a reload', async () => {
  const lab = await app.open(RUN, { faulty: true });
  await lab.page.evaluate(() => new Promise((resolve) => (indexedDB.open('digit-lab', 99).onsuccess = ({ target }) => resolve(target.result.close()))));
  await lab.page.reload();
  assert.match(await lab.error(), /newer version of this page has stored here: reload/);
});

test('it is saved in the middle of a long epoch, and at once when the page is hidden', async () => {
  // An epoch of twice the time that the page waits at most: batches of 4 take no longer than that.
  const lab = await app.open('limit=60000&batch=1&seed=5&workers=1&pretrained=0');
  await lab.click('train');
  await lab.steps(1);
  const begun = Date.now();
  await untilStored(lab);
  const waited = Date.now() - begun;
  assert.ok(waited < 20_000, `${waited} ms`);
  const [first] = await stored(lab.page);
  await lab.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { get: () => true });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  const again = await newer(lab, first);
  assert.ok(again - first < 14_000, `${again - first} ms after the one before`);
  assert.ok((await lab.number('global-step')) < 60_000, 'the epoch is not over');
});

/** Waits until something newer is stored, and gives its time. */
async function newer(lab, than) {
  for (let left = 50; left > 0; left--, await sleep(100)) {
    const [time] = await stored(lab.page);
    if (time > than) return time;
  }
  assert.fail('nothing newer is stored');
}

test('the panel shows what is stored and how large it is, and deletes it; the browser is asked to keep it', async () => {
  const script = () => {
    const { persist } = StorageManager.prototype;
    StorageManager.prototype.persist = function () {
      window.asked = (window.asked ?? 0) + 1;
      return persist.call(this);
    };
  };
  const lab = await app.open(RUN, { script });
  await lab.click('train');
  await lab.state('finished');
  await segment(lab, 'History');
  await lab.until('stored', (text) => /step 400, .* [\d.]+ MB\.$/.test(text), { what: 'step and size' });
  assert.equal(await lab.page.evaluate(() => window.asked), 1);
  await lab.becomes(() => lab.read('stored-size'), /[\d.]+ MB of [\d.]+ [MG]B/, 'what the browser grants');
  const [file] = await Promise.all([lab.page.waitForEvent('download'), lab.click('download-saved')]);
  assert.match(file.suggestedFilename(), /^digit-lab-step-400\.digitlab$/);
  await lab.click('delete-saved');
  await lab.until('stored', (text) => text.startsWith('Nothing'), { what: 'nothing' });
  assert.deepEqual(await stored(lab.page), []);
});

test('what waits to be stored while everything is deleted is not stored after all', async () => {
  const lab = await app.open(RUN.replace('epochs=4', 'epochs=100'));
  await lab.click('train');
  await untilStored(lab);
  await lab.click('pause');
  await lab.state('paused');
  await lab.click('delete-saved');
  await lab.until('stored', (text) => text.startsWith('Nothing'), { what: 'nothing' });
  // Longer than anything waits that was to be saved.
  await sleep(2500);
  assert.deepEqual(await stored(lab.page), []);
});
