// Any static host will do: in a folder, with the strictest headers; and nothing leaves the tab, whatever is used.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reload, segment } from './lib/results.mjs';
import { serve, strictHeaders } from './lib/server.mjs';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();

/** Uses the page as a visitor would: draws, trains with two workers, opens everything, saves a file. */
async function wholeSession(lab) {
  await lab.draw(DIGITS[3]);
  await lab.answer();
  await lab.click('train');
  await lab.state('finished');
  await lab.weightsHash();
  for (const name of ['Evaluation', 'History', 'Engine', 'Curves']) await segment(lab, name);
  await lab.click('chart-options');
  const download = lab.page.waitForEvent('download');
  await lab.click('download-csv');
  assert.match((await download).suggestedFilename(), /\.csv$/);
  await lab.page.keyboard.press('Escape');
  await lab.click('layer-0');
  await lab.page.keyboard.press('Escape');
  await lab.click('browse-images');
  await lab.at('images').waitFor();
  await lab.page.keyboard.press('Escape');
}

/** The same made with `trunk build --release --public-url /people/ada/lab/ --dist FOLDER`, where it was. */
const ABSOLUTE = process.env.SUBPATH_DIST;
const BUILDS = {
  'a whole session under a folder': { offline: true },
  'a build for one folder, in a whole session there': { root: ABSOLUTE },
};

// `stage` fails this test on any message of the browser, and a violated policy is one.
for (const [what, options] of Object.entries(BUILDS)) {
  const skip = 'root' in options && !ABSOLUTE && 'SUBPATH_DIST names no such build';
  test(`${what}, with every header that docs/deploy.md lists, asks nothing of anyone else`, { skip }, () => session(options));
}

async function session(options) {
  const server = await serve({ prefix: '/people/ada/lab/', headers: await strictHeaders(), ...options });
  try {
    const lab = await app.open('limit=640&epochs=1&workers=2', { url: server.url });
    await lab.state('idle');
    await wholeSession(lab);
    if (options.offline) {
      await lab.page.evaluate(() => navigator.serviceWorker.ready);
      await reload(lab);
      await lab.page.waitForFunction(() => navigator.serviceWorker.controller);
      await lab.draw(DIGITS[3]);
      await lab.answer();
    }
    const away = lab.requests.filter((url) => !url.startsWith(server.url) && !url.startsWith('blob:'));
    assert.deepEqual(away, []);
    assert.ok(lab.requests.length > 30, 'requests were seen');
    assert.deepEqual(server.answers.filter(({ status }) => status !== 200), []);
  } finally {
    await server.close();
  }
}

test('the headers of docs/deploy.md hold the same policy as the page', async () => {
  const lab = await app.open();
  const inPage = await lab.page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  const headers = await strictHeaders();
  assert.equal(headers['Content-Security-Policy'], `${inPage}; frame-ancestors 'self'`);
});

test('the page holds no inline script, and its policy alone refuses one, eval, and other hosts', async () => {
  const other = await serve({ headers: { 'access-control-allow-origin': '*' } });
  try {
    const lab = await app.open('', { faulty: true });
    await lab.weightsHash();
    assert.equal(await lab.page.locator('script:not([src])').count(), 0);
    const refused = await lab.page.evaluate(async (elsewhere) => {
      const violations = [];
      document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective));
      const inline = document.createElement('script');
      inline.textContent = 'window.ran = true';
      document.head.append(inline);
      const fetched = await fetch(elsewhere).then(() => true, () => false);
      // Later, as text: what a test evaluates at once is exempt.
      setTimeout('window.evaluated = true');
      await new Promise((done) => setTimeout(done, 100));
      return { ran: Boolean(window.ran), fetched, evaluated: Boolean(window.evaluated), violations: violations.sort() };
    }, other.url);
    assert.deepEqual(refused, {
      ran: false,
      fetched: false,
      evaluated: false,
      violations: ['connect-src', 'script-src', 'script-src-elem'],
    });
    assert.deepEqual(other.answers, []);
  } finally {
    await other.close();
  }
});

test('it is installable: a manifest with a scope and icons that browsers take', async () => {
  const lab = await app.open();
  await lab.weightsHash();
  const cdp = await lab.page.context().newCDPSession(lab.page);
  const { errors, data } = await cdp.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  assert.equal(new URL(manifest.scope, app.server.url).href, app.server.url);
  for (const { src, sizes } of manifest.icons) {
    const size = await lab.page.evaluate(async (address) => {
      const image = Object.assign(new Image(), { src: address });
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    assert.equal(size, sizes);
  }
  assert.ok(manifest.icons.some(({ purpose }) => purpose?.includes('maskable')));
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
  const blocking = installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito');
  assert.deepEqual(blocking, []);
});
