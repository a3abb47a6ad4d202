// A page that dies in mid-training loses nothing. TRIALS asks for more than CI's few.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startKillable } from './lib/browser.mjs';
import { LabPage } from './lib/page.mjs';
import { Draws } from './lib/random.mjs';
import { RUN, another, stored, uninterrupted, untilStored } from './lib/recovery.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const TRIALS = Number(process.env.TRIALS ?? 4);
/** Of them all, those in which the whole browser is killed. */
const BROWSERS = Math.ceil(TRIALS / 10);
/** Longer than the page ever waits between two saves. */
const NEXT_SAVE = 30_000;

const KILLS = {
  'closes the page': (page) => page.close(),
  'crashes the tab': async (page) => {
    const devtools = await page.context().newCDPSession(page);
    await Promise.race([devtools.send('Page.crash').catch(() => {}), sleep(1000)]);
    await page.close().catch(() => {});
  },
  'closes the page in the middle of the writing': async (page) => {
    await written(page);
    await page.close();
  },
};

/** Waits until the page writes a saved run, and holds its transaction open: what it writes is never whole. */
async function written(page) {
  const begun = page.evaluate(
    () =>
      new Promise((resolve) => {
        const { put } = IDBObjectStore.prototype;
        IDBObjectStore.prototype.put = function (...what) {
          const request = put.apply(this, what);
          if (this.name === 'saved') {
            IDBTransaction.prototype.commit = () => {};
            const hold = () => (this.count().onsuccess = hold);
            hold();
            resolve(true);
          }
          return request;
        };
      }),
  );
  assert.equal(await Promise.race([begun, sleep(NEXT_SAVE, false, { ref: false })]), true, 'the page writes');
}

/** Trains until a random step after the first save, and gives the times of what is stored. */
async function trainAWhile(lab, draws) {
  await lab.click('train');
  await untilStored(lab);
  await lab.steps(Math.min(5 + draws.below(350), 380));
  return stored(lab.page);
}

/** Resumes the run in a page that has just opened, and gives the fingerprint that it ends with. */
async function resumed(lab, before) {
  await lab.at('resume-offer').waitFor();
  const [newest] = await stored(lab.page);
  assert.ok(newest >= before[0], 'what was saved before the kill, or newer, is there');
  await lab.click('resume-run');
  await lab.state('finished');
  return lab.read('weights-hash');
}

test(`a run killed at ${TRIALS} random moments ends with the bits of an uninterrupted one`, async (t) => {
  const expected = await uninterrupted(app, RUN);
  const draws = new Draws(Number(process.env.SEED ?? 11));
  const kinds = Object.keys(KILLS);
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  for (let trial = 0; trial < TRIALS - BROWSERS; trial++) {
    let lab = await app.open(RUN, { faulty: true });
    const place = app.opened.length - 1;
    const before = await trainAWhile(lab, draws);
    const kind = kinds[(trial + 2) % kinds.length];
    // A page that is still there: the last one takes the profile with it.
    const keeper = await lab.page.context().newPage();
    await KILLS[kind](lab.page);
    lab = await another(app, { page: keeper });
    await keeper.close();
    assert.equal(await resumed(lab, before), expected, `trial ${trial} (${kind})`);
    counts[kind]++;
    await lab.page.context().close();
    app.opened.splice(place, 1);
  }
  for (let trial = 0; trial < BROWSERS; trial++) {
    assert.equal(await killedBrowser(draws), expected, `browser ${trial}`);
  }
  counts['kills the browser'] = BROWSERS;
  const each = Object.entries(counts).map(([kind, count]) => `${count} × ${kind}`);
  t.diagnostic(`figure: ${TRIALS} of ${TRIALS} equal: ${each.join(', ')}`);
});

/** Kills every process of a browser that trains; the same profile's next browser goes on. */
async function killedBrowser(draws) {
  const first = await startKillable();
  try {
    const before = await trainAWhile(await openIn(first), draws);
    await first.kill();
    const second = await startKillable(first.profile);
    try {
      return await resumed(await openIn(second), before);
    } finally {
      await second.kill();
    }
  } finally {
    await first.forget();
  }
}

async function openIn({ browser }) {
  const [context] = browser.contexts();
  const lab = new LabPage(await context.newPage());
  await lab.page.goto(`${app.server.url}#${RUN}`);
  return lab;
}
