// The machine's own Chromium: Playwright's download is not needed.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
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
export async function launch({ args = [], without = [] } = {}) {
  const options = { executablePath: executable(), args: [...ARGS, ...args], ignoreDefaultArgs: without };
  try {
    return await chromium.launch(options);
  } catch (error) {
    // Seen once in hundreds of starts: Chromium's own crash, before any page. A second one in a row is no accident.
    console.error(`the browser ended while it started, one more time: ${error.message.split('\n', 1)}`);
    return chromium.launch(options);
  }
}

/**
 * Starts a browser whose profile outlives it, to be killed at once with all of its processes.
 *
 * @param {string} [profile] The folder of one that was killed; a fresh one by default.
 */
export async function startKillable(profile) {
  profile ??= await mkdtemp(path.join(tmpdir(), 'digit-lab-'));
  const args = [...ARGS, `--user-data-dir=${profile}`, '--remote-debugging-port=0', 'about:blank'];
  const child = spawn(executable(), args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const browser = await chromium.connectOverCDP(await address(child));
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await ended;
  };
  const forget = async () => {
    await kill();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { browser, profile, kill, forget };
}

/** Where a browser that starts says it can be reached. */
async function address(child) {
  for await (const line of createInterface({ input: child.stderr })) {
    const [, found] = line.match(/DevTools listening on (\S+)/) ?? [];
    if (!found) continue;
    child.stderr.resume();
    return found;
  }
  throw new Error('the browser has ended');
}
