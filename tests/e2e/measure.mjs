// Measures the release build in headless Chromium and prints a table and JSON. See `scripts/measure --help`.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launch } from './lib/browser.mjs';
import { LabPage } from './lib/page.mjs';
import { serve } from './lib/server.mjs';
import { DIGITS } from './lib/strokes.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const HELP = `usage: scripts/measure [options]
  --rounds N      epochs measured, the Keras peer after each (default 1)
  --samples N     drawings a latency is taken from (default 60)
  --data FOLDER   MNIST's raw files, for the peer (default data/mnist)
  --only NAME     take one group of figures: bytes, first, latency or epoch
  --json FILE     write the figures there too
The peer runs where the Python of $PYTHON (default python3) has tensorflow. The page's figures are taken on this
machine, over its own loopback: no network is in the times.`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    samples: { type: 'string', default: '60' },
    data: { type: 'string', default: path.join(ROOT, 'data/mnist') },
    only: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const PYTHON = process.env.PYTHON ?? 'python3';
const STEPS_AN_EPOCH = Math.ceil(60_000 / 64);
/** What no drawing needs: the data set. */
const DATA = /^data\//;

/** In the page: notes when the steps of a run and the answers to a drawing come to be shown. */
function stopwatch() {
  const text = (id) => document.querySelector(`[data-testid="${id}"]`)?.textContent.trim();
  window.watch = { steps: [], latencies: [], ink: undefined };
  addEventListener('pointerdown', (event) => (window.watch.ink = event.timeStamp), true);
  const look = () => {
    const { ink, steps, latencies } = window.watch;
    if (ink !== undefined && /^\d$/.test(text('predicted-digit'))) {
      latencies.push(performance.now() - ink);
      window.watch.ink = undefined;
      window.watch.firstPrediction ??= performance.now();
    }
    const step = Number(text('global-step') ?? 0);
    if (step > 0 && step !== steps.at(-1)?.step) steps.push({ step, at: performance.now() });
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const round = (value, digits = 2) => Number(value.toFixed(digits));
const sum = (values) => values.reduce((a, b) => a + b, 0);

/** Opens the app in a fresh profile, hands it to `use` with its host, and closes both. */
async function withLab(browser, hash, use) {
  const server = await serve();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    await context.addInitScript(stopwatch);
    const lab = new LabPage(await context.newPage());
    return await use(lab, server, () => lab.page.goto(`${server.url}#${hash}`));
  } finally {
    await context.close();
    await server.close();
  }
}

function bytesOf(answers) {
  return { requests: answers.length, raw: sum(answers.map((a) => a.rawBytes)), compressed: sum(answers.map((a) => a.sentBytes)) };
}

/** What is downloaded before a drawing can be answered (the data set is kept away), and before training. */
async function bytes(browser) {
  const toDraw = await withLab(browser, '', async (lab, server, go) => {
    server.fail(DATA);
    await go();
    await lab.draw(DIGITS[1]);
    await lab.answer();
    return server.answers.filter((answer) => answer.status === 200);
  });
  const toTrain = await withLab(browser, 'epochs=1&limit=640&autostart=1', async (lab, server, go) => {
    await go();
    await lab.steps(1);
    return [...server.answers];
  });
  return {
    toDraw: bytesOf(toDraw),
    toTrain: bytesOf(toTrain),
    files: toTrain.map(({ path, rawBytes, sentBytes }) => ({ path, raw: rawBytes, compressed: sentBytes })),
  };
}

/** Seconds from navigation to the first answer, drawn as soon as there is a pad. */
async function first(browser) {
  const times = [];
  for (let i = 0; i < 5; i++) {
    times.push(
      await withLab(browser, '', async (lab, _, go) => {
        await go();
        await lab.draw(DIGITS[1]);
        await lab.answer();
        return lab.page.evaluate(() => window.watch.firstPrediction / 1000);
      }),
    );
  }
  return { median_s: round(quantile(times, 0.5)), worst_s: round(Math.max(...times)), times_s: times.map((t) => round(t)) };
}

/** Milliseconds from the pen's touching a blank pad to the probabilities' being shown. */
async function latency(browser) {
  const idle = await withLab(browser, '', async (lab, _, go) => {
    await go();
    await lab.weightsHash();
    await lab.draw(DIGITS[1]);
    await lab.answer();
    return latencies(lab);
  });
  const training = await withLab(browser, 'epochs=5&workers=1&autostart=1', async (lab, _, go) => {
    await go();
    await lab.steps(10);
    const result = await latencies(lab);
    if ((await lab.read('run-state')) !== 'training') throw new Error('training ended before the drawings did');
    return result;
  });
  return { idle, training };
}

async function latencies(lab) {
  const samples = Number(options.samples);
  await lab.page.evaluate(() => (window.watch.latencies = []));
  for (let i = 0; i < samples; i++) {
    await lab.click('clear');
    await lab.blank();
    // Not in step with frames or training steps.
    await lab.page.waitForTimeout(40 + 37 * (i % 5));
    await lab.draw([DIGITS[i % 10][0].slice(0, 4)]);
    await lab.digit();
  }
  const taken = await lab.page.evaluate(() => window.watch.latencies);
  if (taken.length !== samples) throw new Error(`${taken.length} latencies of ${samples} drawings`);
  return { p50_ms: round(quantile(taken, 0.5), 1), p95_ms: round(quantile(taken, 0.95), 1), samples };
}

/** Seconds an epoch of the seed recipe, one worker; the peer alternates with it. */
async function epoch(browser) {
  const ours = [];
  const peers = [];
  for (let i = 0; i < Number(options.rounds); i++) {
    ours.push(await ourEpoch(browser, i + 1));
    const peer = kerasEpoch();
    if (peer) peers.push(peer);
  }
  const median_s = round(quantile(ours.map((run) => run.epoch_s), 0.5));
  if (!peers.length) return { median_s, runs: ours, keras: `not measured: ${PYTHON} has no tensorflow` };
  // The first epoch of a run includes Keras's compiling: the last does not.
  const keras_s = round(quantile(peers.map((peer) => peer.epoch_s.at(-1)), 0.5));
  return { median_s, keras_s, ratio: round(median_s / keras_s), runs: ours, peers };
}

function ourEpoch(browser, seed) {
  return withLab(browser, `epochs=1&workers=1&seed=${seed}&autostart=1`, async (lab, _, go) => {
    await go();
    await lab.state('finished', 900_000);
    const steps = await lab.page.evaluate(() => window.watch.steps);
    const [start, end] = [steps[0], steps.at(-1)];
    if (end.step !== STEPS_AN_EPOCH) throw new Error(`the epoch had ${end.step} steps, not ${STEPS_AN_EPOCH}`);
    return {
      seed,
      epoch_s: round(((end.at - start.at) / 1000) * (end.step / (end.step - start.step))),
      first_step_after_s: round(start.at / 1000),
      test_accuracy: await lab.number('test-accuracy'),
      test_loss: await lab.number('test-loss'),
      simd: await lab.read('simd-tier'),
      workers: await lab.number('worker-count'),
    };
  });
}

function kerasEpoch() {
  const find = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("tensorflow") is None)';
  try {
    execFileSync(PYTHON, ['-c', find], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const script = path.join(ROOT, 'scripts/peers/keras_mnist.py');
  const output = execFileSync(PYTHON, [script, options.data, '2'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(output.trim().split('\n').at(-1));
}

const GROUPS = { bytes, first, latency, epoch };

/** The lines of the table: what, and how to read it from the figures. */
const TABLE = [
  ['download before drawing, compressed / raw (kB)', ({ bytes }) => kilobytes(bytes.toDraw)],
  ['download before training, compressed / raw (kB)', ({ bytes }) => kilobytes(bytes.toTrain)],
  ['navigation to first prediction, median / worst (s)', ({ first }) => `${first.median_s} / ${first.worst_s}`],
  ['stroke to probabilities, idle, p50 / p95 (ms)', ({ latency }) => `${latency.idle.p50_ms} / ${latency.idle.p95_ms}`],
  ['stroke to probabilities, training, p50 / p95 (ms)', ({ latency }) => `${latency.training.p50_ms} / ${latency.training.p95_ms}`],
  ['an epoch, one worker (s)', ({ epoch }) => epoch.median_s],
  ['an epoch, Keras (s)', ({ epoch }) => epoch.keras_s ?? epoch.keras],
  ['ratio', ({ epoch }) => epoch.ratio ?? '-'],
  ['test accuracy after that epoch', ({ epoch }) => epoch.runs.map((run) => run.test_accuracy).join(', ')],
];

function kilobytes({ compressed, raw }) {
  return [compressed, raw].map((size) => (size / 1000).toFixed(1)).join(' / ');
}

async function main() {
  if (options.help) return console.log(HELP);
  const names = options.only ? [options.only] : Object.keys(GROUPS);
  const figures = { machine: `${os.cpus().length} x ${os.cpus()[0].model.trim()}`, node: process.version, failed: [] };
  const browser = await launch();
  figures.browser = `Chromium ${browser.version()}`;
  try {
    for (const name of names) {
      console.error(`measuring: ${name}`);
      try {
        figures[name] = await GROUPS[name](browser);
      } catch (error) {
        figures.failed.push(`${name}: ${error.message}`);
      }
    }
  } finally {
    await browser.close();
  }
  report(figures);
}

function report(figures) {
  for (const [what, read] of TABLE) {
    try {
      console.log(`${what.padEnd(56)}${read(figures)}`);
    } catch {
      console.log(`${what.padEnd(56)}-`);
    }
  }
  const json = JSON.stringify(figures, null, 2);
  console.log(json);
  if (options.json) writeFileSync(options.json, `${json}\n`);
  for (const failure of figures.failed) console.error(`error: could not take ${failure}`);
  if (figures.failed.length) process.exitCode = 1;
}

await main();
