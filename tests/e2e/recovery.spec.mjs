// No run is lost: saved while it trains, offered after a reload or a crash, gone on with when its worker dies. TRIALS and
// FAULTS ask for more than CI's few.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabPage } from './lib/page.mjs';
import { Draws } from './lib/random.mjs';
import { reload, segment } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();
const RUN = 'limit=6400&epochs=4&seed=5&workers=2&pretrained=0&optimizer=adam&ema=0.9';
const TRIALS = Number(process.env.TRIALS ?? 4);
const FAULTS = Number(process.env.FAULTS ?? 4);

/** A fault that the page asks its worker for. */
const fault = (page, detail) => page.evaluate((detail) => dispatchEvent(new CustomEvent('digit-lab-crash', { detail })), detail);

/** The fingerprint of a run that nothing interrupts. */
async function uninterrupted(hash) {
  const lab = await app.open(`${hash}&autostart=1`);
  await lab.state('finished');
  return lab.read('weights-hash');
}

/** Another page of the same profile. */
async function another(lab, hash = '') {
  const next = new LabPage(await lab.page.context().newPage());
  await next.page.goto(hash ? `${app.server.url}#${hash}` : app.server.url);
  return next;
}

/** The numbers of the step and the time of what is stored, newest first. */
const stored = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('digit-lab');
        opening.onerror = reject;
        opening.onsuccess = () => {
          const reading = opening.result.transaction('saved').objectStore('saved').getAll();
          reading.onsuccess = () => {
            opening.result.close();
            resolve(reading.result.map((file) => new DataView(file.buffer).getFloat64(52, true)).sort().reverse());
          };
        };
      }),
  );

/** Waits until something is stored. */
async function untilStored(lab) {
  await segment(lab, 'History');
  return lab.until('stored', (text) => /step [\d ,]+/.test(text), { what: 'a saved run' });
}

const KILLS = {
  'closes the page': (page) => page.close(),
  'crashes the tab': async (page) => {
    const devtools = await page.context().newCDPSession(page);
    await Promise.race([devtools.send('Page.crash').catch(() => {}), sleep(1000)]);
    await page.close().catch(() => {});
  },
  'saves, and closes the page in the middle of the writing': async (page) => {
    await page.evaluate(() => {
      const put = IDBObjectStore.prototype.put;
      globalThis.written = new Promise((resolve) => {
        IDBObjectStore.prototype.put = function (...what) {
          resolve();
          return put.apply(this, what);
        };
      });
    });
    await Promise.race([page.evaluate(() => globalThis.written), sleep(3000)]).catch(() => {});
    await page.close();
  },
};

test(`a run killed at ${TRIALS} random moments ends with the bits of an uninterrupted one`, async () => {
  const expected = await uninterrupted(RUN);
  const draws = new Draws(Number(process.env.SEED ?? 11));
  const kinds = Object.keys(KILLS);
  let equal = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    let lab = await app.open(RUN, { faulty: true });
    const place = app.opened.length - 1;
    await lab.click('train');
    await untilStored(lab);
    await lab.steps(Math.min(5 + draws.below(350), 380));
    const before = await stored(lab.page);
    const kind = kinds[trial % kinds.length];
    // A page that is still there: the last one takes the profile with it.
    const keeper = await lab.page.context().newPage();
    await KILLS[kind](lab.page);
    lab = await another({ page: keeper });
    await keeper.close();
    await lab.at('resume-offer').waitFor();
    const after = await stored(lab.page);
    assert.ok(after[0] >= before[0], 'what was saved before the kill, or newer, is there');
    await lab.click('resume-run');
    await lab.state('finished');
    const hash = await lab.read('weights-hash');
    assert.equal(hash, expected, `trial ${trial} (${kind})`);
    equal++;
    await lab.page.context().close();
    app.opened.splice(place, 1);
  }
  console.log(`killed runs: ${equal} of ${TRIALS} equal`);
});

test('after a reload the page offers the run with its curves and its drawing; discarded, it is gone', async () => {
  const lab = await app.open(RUN);
  await lab.draw(DIGITS[3]);
  await lab.click('train');
  await lab.steps(120);
  await lab.click('pause');
  await lab.state('paused');
  const [step, hash] = [await lab.number('global-step'), await lab.read('weights-hash')];
  await untilStored(lab);
  await lab.until('stored', (text) => text.includes(`step ${step}`), { what: `step ${step}` });
  await reload(lab);
  assert.match(await lab.read('resume-offer'), new RegExp(`step ${step}`));
  await lab.click('resume-run');
  await lab.steps(step);
  assert.equal(await lab.number('global-step'), step);
  assert.equal(await lab.read('weights-hash'), hash);
  assert.equal(await lab.read('run-state'), 'paused');
  await lab.digit();
  await reload(lab);
  await lab.click('discard-run');
  await lab.at('resume-offer').waitFor({ state: 'hidden' });
  await segment(lab, 'History');
  await lab.until('stored', (text) => text.startsWith('Nothing'), { what: 'nothing' });
  await reload(lab);
  await lab.weightsHash();
  await sleep(500);
  assert.equal(await lab.at('resume-offer').count(), 0);
});

test(`a worker struck by ${FAULTS} faults is noticed within 5 s and its run goes on within 10 s, to the same bits`, async () => {
  const hash = 'limit=6400&epochs=400&seed=5&workers=2&pretrained=0';
  const lab = await app.open(hash, { faulty: true });
  const kinds = ['panic', 'memory', 'loop', 'closed'];
  await lab.click('train');
  const draws = new Draws(3);
  let slowest = [0, 0];
  for (let number = 0; number < FAULTS; number++) {
    await lab.steps((await lab.number('global-step')) + 2 + draws.below(40));
    const kind = kinds[number % kinds.length];
    const start = Date.now();
    await lab.page.evaluate(() => document.querySelector('.notices .tool')?.click());
    if (kind === 'closed') for (const worker of lab.page.workers()) worker.evaluate(() => self.close()).catch(() => {});
    else await fault(lab.page, kind);
    assert.match(await lab.error(8000), /taken its place/, kind);
    const noticed = Date.now() - start;
    await lab.state('training', 12_000);
    const before = await lab.number('global-step');
    await lab.steps(before + 1);
    const resumed = Date.now() - start;
    assert.ok(noticed < 5000, `${kind} was noticed after ${noticed} ms`);
    assert.ok(resumed < 10_000, `${kind}: trained again after ${resumed} ms`);
    slowest = [Math.max(slowest[0], noticed), Math.max(slowest[1], resumed)];
  }
  console.log(`faults: ${FAULTS} of ${FAULTS}; noticed after at most ${slowest[0]} ms, training after ${slowest[1]} ms`);
});

test('a run whose worker dies ends with the bits of one whose worker lives', async () => {
  const expected = await uninterrupted(RUN);
  const lab = await app.open(RUN, { faulty: true });
  await lab.click('train');
  for (const [steps, kind] of [[40, 'panic'], [160, 'memory'], [250, 'panic']]) {
    await lab.steps(steps);
    await fault(lab.page, kind);
    await sleep(500);
  }
  await lab.state('finished');
  assert.equal(await lab.read('weights-hash'), expected);
});

test('two tabs: one saves, the other says so and can take over', async () => {
  const lab = await app.open(`${RUN}&epochs=40`.replace('epochs=4&', ''));
  await lab.click('train');
  await untilStored(lab);
  const other = await another(lab, 'limit=6400&epochs=40&seed=6&pretrained=0');
  await other.weightsHash();
  assert.equal(await other.at('resume-offer').count(), 0, 'a run that another tab trains is not offered');
  await other.click('train');
  assert.match(await other.error(20_000), /Another tab saves/);
  await other.click('remedy');
  assert.match(await lab.error(20_000), /taken over/);
  await untilStored(other);
  await other.page.close();
});

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

for (const [what, spoil] of Object.entries({
  'the storage is full': () => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  },
})) {
  test(`${what} in the middle of a run: said at once, training goes on`, async () => {
    const lab = await app.open(RUN, { faulty: true });
    await lab.click('train');
    await untilStored(lab);
    await lab.page.evaluate(spoil);
    await lab.page.locator('.notice', { hasText: 'run cannot be saved' }).waitFor();
    await lab.state('finished');
  });
}

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

test('a page whose own program stops says so and offers the saved run', async () => {
  const lab = await app.open(RUN, { faulty: true });
  await lab.click('train');
  await untilStored(lab);
  await fault(lab.page, 'page').catch(() => {});
  await lab.page.locator('#stopped').waitFor();
  const [file] = await Promise.all([lab.page.waitForEvent('download'), lab.click('rescue')]);
  const path = await file.path();
  const fresh = await app.open('pretrained=0');
  await segment(fresh, 'History');
  await fresh.at('open-saved').setInputFiles(path);
  await fresh.at('resume-offer').waitFor();
});
