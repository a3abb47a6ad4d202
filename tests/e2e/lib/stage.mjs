// What every spec file stands on: one host and one browser a file, a fresh profile a test.
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { launch } from './browser.mjs';
import { LabPage } from './page.mjs';
import { serve } from './server.mjs';

/**
 * Sets up the host and the browser of a spec file, and takes them down.
 *
 * @param {{ server?: object, browser?: object }} [options] For `serve` and `launch`.
 */
export function stage({ server: serverOptions, browser: browserOptions } = {}) {
  const app = { opened: [] };

  before(async () => {
    app.server = await serve(serverOptions);
    app.browser = await launch(browserOptions);
  });
  after(() => Promise.all([app.browser?.close(), app.server?.close()]));
  afterEach(async () => {
    const opened = app.opened.splice(0);
    await Promise.all(opened.map(({ lab }) => lab.page.context().close()));
    for (const { lab, faulty } of opened) {
      if (!faulty) assert.deepEqual(lab.problems, [], 'nothing is wrong in the developer tools');
    }
  });

  /**
   * Opens the app in a profile of its own. The test fails if anything is wrong in the console or on the network,
   * unless it is `faulty` on purpose.
   *
   * @param {string} [hash] URL parameters, without the `#`.
   * @param {object} [options]
   * @param {boolean} [options.faulty] Problems are what the test is about.
   * @param {Function} [options.script] Runs in the page before anything else.
   * @param {string} [options.url] Where the app lies; the host's own by default.
   * @returns {Promise<LabPage>} The rest of the options are Playwright's for a context: viewport, colorScheme, hasTouch...
   */
  app.open = async (hash = '', { faulty = false, script, url = app.server.url, ...options } = {}) => {
    const context = await app.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    context.setDefaultTimeout(15_000);
    if (script) await context.addInitScript(script);
    const lab = new LabPage(await context.newPage());
    app.opened.push({ lab, faulty });
    await lab.page.goto(hash ? `${url}#${hash}` : url);
    return lab;
  };
  return app;
}
