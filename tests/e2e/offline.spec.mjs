// After one visit everything works without a network; a newer version is offered, never forced, and never mixed with this one.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { serve } from './lib/server.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';
import { RUN, fingerprint, gather } from './lib/team.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const app = stage();
const folders = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/** A copy of the build, which a test may change. */
async function copyOfBuild() {
  const folder = await mkdtemp(path.join(tmpdir(), 'digit-lab-'));
  folders.push(folder);
  await cp(path.join(ROOT, 'dist'), folder, { recursive: true });
  return folder;
}

/** Another version in the same place: a word of the page is another, and with it the list of files. */
async function release(folder, word) {
  const page = path.join(folder, 'index.html');
  await writeFile(page, (await readFile(page, 'utf8')).replace(/<title>[^<]*/, `<title>${word}`));
  const digest = execFileSync('sh', ['-c', `openssl dgst -sha384 -binary "${page}" | openssl base64 -A`], { encoding: 'utf8' });
  const worker = path.join(folder, 'sw.js');
  const text = (await readFile(worker, 'utf8'))
    .replace(/'\.\/': 'sha384-[^']*'/, `'./': 'sha384-${digest}'`)
    .replace(/VERSION = '[^']*'/, `VERSION = '${word}'`);
  await writeFile(worker, text);
}

/** Waits until this version is kept whole. */
function kept(lab) {
  return lab.page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    while (active.state !== 'activated') await new Promise((done) => setTimeout(done, 50));
  });
}

test('app, data and model work offline after one visit, in a folder of a host', async () => {
  const server = await serve({ prefix: '/people/ada/lab/', offline: true });
  let lab;
  try {
    lab = await app.open(`${RUN}&workers=2`, { url: server.url, faulty: true });
    await kept(lab);
  } finally {
    await server.close();
  }
  await lab.page.reload();
  await lab.draw(DIGITS[1]);
  await lab.answer();
  await gather(lab, 2);
  await fingerprint(lab, 2);
});

test('a newer version is offered, not forced in a run, waits for other tabs, and is taken whole', async () => {
  const root = await copyOfBuild();
  const server = await serve({ root, offline: true });
  try {
    const lab = await app.open('limit=6000&epochs=50', { url: server.url, faulty: true });
    await kept(lab);
    await lab.page.reload();
    const before = await lab.page.title();
    await lab.click('train');
    await lab.steps(2);
    await release(root, 'Newer');
    server.forget();
    const waits = lab.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
      while (!registration.waiting) await new Promise((done) => setTimeout(done, 50));
    });
    await waits;
    const step = await lab.number('global-step');
    await lab.steps(step + 5);
    assert.equal(await lab.at('update').count(), 0, 'nothing is offered while it trains');
    await lab.click('pause');
    await lab.at('update').waitFor();
    // A reload is no consent.
    const other = await lab.page.context().newPage();
    await other.goto(server.url);
    assert.equal(await other.title(), before);
    await lab.click('take-update');
    await lab.until('update', (text) => /another tab/.test(text), { what: 'that another tab is open' });
    assert.equal(await lab.page.title(), before);
    await other.close();
    await lab.click('take-update');
    await lab.page.waitForFunction(() => document.title === 'Newer');
    await lab.weightsHash();
    const caches = await lab.page.evaluate(() => caches.keys());
    assert.equal(caches.length, 1, `one version is kept: ${caches}`);
  } finally {
    await server.close();
  }
});

test('a version that does not arrive whole is not taken', async () => {
  const root = await copyOfBuild();
  const server = await serve({ root, offline: true });
  try {
    const lab = await app.open('', { url: server.url, faulty: true });
    await kept(lab);
    await release(root, 'Newer');
    server.forget();
    server.fail(/^data\/train-3/, (body) => ({ body: body.subarray(1) }));
    const state = await lab.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
      const worker = registration.installing;
      while (worker && worker.state === 'installing') await new Promise((done) => setTimeout(done, 50));
      return { arrived: worker?.state, waiting: Boolean(registration.waiting), caches: (await caches.keys()).length };
    });
    assert.deepEqual(state, { arrived: 'redundant', waiting: false, caches: 1 });
  } finally {
    await server.close();
  }
});
