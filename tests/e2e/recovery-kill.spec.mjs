// A page that dies in mid-training loses nothing. TRIALS asks for more than CI's few.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Draws } from './lib/random.mjs';
import { RUN, another, stored, uninterrupted, untilStored } from './lib/recovery.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const TRIALS = Number(process.env.TRIALS ?? 4);

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
  const expected = await uninterrupted(app, RUN);
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
    lab = await another(app, { page: keeper });
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
