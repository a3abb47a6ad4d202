// The machine's own Chromium: Playwright's download is not needed.
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of the machine's Chromium or Chrome. */
function executable() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      continue;
    }
  }
  throw new Error('no Chromium found: install chromium or google-chrome (scripts/test does)');
}

/**
 * Starts a browser with a fresh profile.
 *
 * @param {object} [options]
 * @param {string[]} [options.args] Further command-line switches.
 * @param {string[]} [options.without] Playwright's own switches to leave out.
 */
export function launch({ args = [], without = [] } = {}) {
  return chromium.launch({ executablePath: executable(), args: [...ARGS, ...args], ignoreDefaultArgs: without });
}
