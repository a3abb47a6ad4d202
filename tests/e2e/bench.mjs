// Measures the release build in headless Chromium and prints a table and JSON. See `scripts/bench --help`.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launch } from './lib/browser.mjs';
import { LabPage } from './lib/page.mjs';
import { serve } from './lib/server.mjs';
import { DIGITS } from './lib/strokes.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const HELP = `usage: scripts/bench [options]
  --rounds N      how often every epoch is measured, Keras's between them (default 3)
  --samples N     drawings a latency is taken from (default 60)
  --data FOLDER   MNIST's raw files, for the peer (default data/mnist)
  --only NAME     take one group of figures: bytes, first, latency, epochs, smooth, views, engine or memory
  --cycles N      how often the memory's run is trained and reset (default 50)
  --json FILE     write the figures there too
  --doc FILE      write the table into that file, between its marks (docs/performance.md)
The peer runs where the Python of $PYTHON (default python3) has tensorflow. The page's figures are taken on this
machine, over its own loopback: no network is in the times.`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    samples: { type: 'string', default: '60' },
    cycles: { type: 'string', default: '50' },
    data: { type: 'string', default: path.join(ROOT, 'data/mnist') },
    only: { type: 'string' },
    json: { type: 'string' },
    doc: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const PYTHON = process.env.PYTHON ?? 'python3';
const STEPS_AN_EPOCH = Math.ceil(60_000 / 64);
/** Epochs of a timed run, ours and Keras's: the first includes compiling, the browser's as Keras's; those after it do not. */
const EPOCHS = { ours: 5, keras: 3 };
/** What no drawing needs: the data set. */
const DATA = /^data\//;

/** What is trained: the seed recipe, by so many workers in that tier. */
const VARIANTS = {
  '2 workers, relaxed': { workers: 2, simd: 'relaxed' },
  '1 worker, relaxed': { workers: 1, simd: 'relaxed' },
  '2 workers, simd128': { workers: 2, simd: 'simd128' },
  '1 worker, simd128': { workers: 1, simd: 'simd128' },
};

/** In the page: notes when the steps of a run and the answers to a drawing come to be shown. */
function stopwatch() {
  const text = (id) => document.querySelector(`[data-testid="${id}"]`)?.textContent.trim();
  window.watch = { steps: [], latencies: [], ink: undefined };
  const ink = (event) => {
    if (event.target.closest('[data-testid="drawing-pad"]')) window.watch.ink = event.timeStamp;
  };
  addEventListener('pointerdown', ink, true);
  const look = () => {
    const { ink, steps, latencies } = window.watch;
    // Nothing drawn has none; what is no digit yet has them, too.
    if (ink !== undefined && /^\d/.test(text('probability-0'))) {
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
    // The notice that there are no data moves the pad.
    await lab.at('error').first().waitFor();
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
  const training = await withLab(browser, 'epochs=50&autostart=1', async (lab, _, go) => {
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
    await lab.until('probability-0', (text) => /^\d/.test(text), { timeout: 10_000, what: 'a probability' });
  }
  const taken = await lab.page.evaluate(() => window.watch.latencies);
  if (taken.length !== samples) throw new Error(`${taken.length} latencies of ${samples} drawings`);
  return { p50_ms: round(quantile(taken, 0.5), 1), p95_ms: round(quantile(taken, 0.95), 1), samples };
}

/** Seconds an epoch of the seed recipe and of an evaluation, in every variant and by Keras, in turns. */
async function epochs(browser) {
  const runs = Object.fromEntries(Object.keys(VARIANTS).map((name) => [name, []]));
  const peers = [];
  for (let i = 0; i < Number(options.rounds); i++) {
    for (const [name, variant] of Object.entries(VARIANTS)) runs[name].push(await ourEpoch(browser, i + 1, variant));
    const peer = kerasEpoch();
    if (peer) {
      const [first_epoch_s, ...later] = peer.epoch_s;
      peers.push({ ...peer, first_epoch_s, epoch_s: mean(later), evaluate_s: peer.evaluation_s });
    }
  }
  const median = (list, what) => round(quantile(list.map((run) => run[what]), 0.5));
  const medians = (list) => ({
    epoch_s: median(list, 'epoch_s'),
    first_epoch_s: median(list, 'first_epoch_s'),
    evaluate_s: median(list, 'evaluate_s'),
  });
  return {
    ...Object.fromEntries(Object.entries(runs).map(([name, list]) => [name, medians(list)])),
    keras: peers.length ? medians(peers) : `not measured: ${PYTHON} has no tensorflow`,
    runs,
    peers,
  };
}

function ourEpoch(browser, seed, { workers, simd }) {
  return withLab(browser, `epochs=${EPOCHS.ours}&workers=${workers}&simd=${simd}&seed=${seed}&autostart=1`, async (lab, _, go) => {
    await go();
    await finished(lab);
    const steps = await lab.page.evaluate(() => window.watch.steps);
    if (steps.at(-1).step !== EPOCHS.ours * STEPS_AN_EPOCH) throw new Error(`the run had ${steps.at(-1).step} steps`);
    const result = {
      seed,
      first_epoch_s: seconds(steps, 0, 1),
      epoch_s: seconds(steps, 1, EPOCHS.ours),
      evaluate_s: await evaluation(lab),
      first_step_after_s: round(steps[0].at / 1000),
      test_accuracy: await lab.number('test-accuracy'),
      test_loss: await lab.number('test-loss'),
      simd: await lab.read('simd-tier'),
      workers: await lab.number('worker-count'),
    };
    if (result.workers !== workers || result.simd !== simd) throw new Error(`asked for ${workers} x ${simd}, got ${JSON.stringify(result)}`);
    return result;
  });
}

/**
 * Seconds of an epoch, from when the steps of some epochs were shown: the slope that fits best, as a step is shown up to a
 * report's time later than it was taken. Steps before all workers take part are left out, and what lies between two epochs.
 */
function seconds(steps, from, to) {
  let [covariance, variance] = [0, 0];
  for (let epoch = from; epoch < to; epoch++) {
    const of = steps.filter(({ step }) => step > epoch * STEPS_AN_EPOCH + 64 && step < (epoch + 1) * STEPS_AN_EPOCH);
    const [step, at] = ['step', 'at'].map((key) => mean(of.map((shown) => shown[key])));
    for (const shown of of) {
      covariance += (shown.step - step) * (shown.at - at);
      variance += (shown.step - step) ** 2;
    }
  }
  return round((covariance / variance / 1000) * STEPS_AN_EPOCH);
}

const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** Waits for the end of a run, looking but once a second: every look takes from those who train. */
function finished(lab) {
  const over = () => document.querySelector('[data-testid="run-state"]').textContent.trim() === 'finished';
  return lab.page.waitForFunction(over, undefined, { polling: 1000, timeout: 1_800_000 });
}

/** Seconds that the finished model takes for the 10,000 test images, from click to result. */
async function evaluation(lab) {
  await lab.page.getByRole('button', { name: 'Evaluation', exact: true }).click();
  return lab.page.evaluate(
    () =>
      new Promise((resolve) => {
        const button = document.querySelector('[data-testid="evaluate"]');
        const start = performance.now();
        button.click();
        let begun = false;
        new MutationObserver((_, observer) => {
          begun ||= button.disabled;
          if (!begun || button.disabled) return;
          observer.disconnect();
          resolve(Math.round(performance.now() - start) / 1000);
        }).observe(button, { attributes: true });
      }),
  );
}

/** The longest task of the page's main thread in a run of five epochs. */
function smooth(browser) {
  return withLab(browser, 'epochs=5&autostart=1', async (lab, _, go) => {
    await lab.page.addInitScript(() => {
      window.longTasks = [];
      const note = (list) => window.longTasks.push(...list.getEntries().map(({ startTime, duration }) => ({ startTime, duration })));
      new PerformanceObserver(note).observe({ type: 'longtask', buffered: true });
    });
    await go();
    await lab.steps(1);
    const since = await lab.page.evaluate(() => performance.now());
    await finished(lab);
    const tasks = await lab.page.evaluate((since) => window.longTasks.filter((task) => task.startTime > since), since);
    // The browser reports tasks of 50 ms and more only.
    return { over_50_ms: tasks.length, longest_ms: round(Math.max(0, ...tasks.map((task) => task.duration)), 0) };
  });
}

/** What is looked at while a run trains: how it is opened, and how it is closed again. */
const study = (view, button) => ({
  async open(lab) {
    if ((await lab.at('study').count()) === 0) await lab.click('open-why');
    await lab.click(`study-${view}`);
    if (button) await lab.click(button);
  },
  async close(lab) {
    if (button && (await lab.read(button)) === 'Stop') await lab.click(button);
    await lab.page.keyboard.press('Escape');
  },
});
const layer = {
  open: (lab) => lab.at('layer-2').getByRole('button').click(),
  close: (lab) => lab.page.keyboard.press('Escape'),
};
const VIEWS = {
  'an opened layer': layer,
  why: study('why'),
  'why, looking through images': study('why', 'index-training'),
  ascent: study('ascent', 'ascend'),
  'counted answers': study('confusion', 'count-answers'),
  robustness: study('robustness', 'measure-robustness'),
  map: study('points', 'find-points'),
};

/** Frames and steps a second, over some seconds. Steps are counted from one change of their figure to another. */
async function pace(lab, seconds = 6) {
  const frames = (milliseconds) =>
    new Promise((done) => {
      const start = performance.now();
      let count = 0;
      const frame = (now) => {
        count++;
        if (now - start < milliseconds) return requestAnimationFrame(frame);
        const shown = window.watch.steps.filter(({ at }) => at > start);
        const [first, last] = [shown[0], shown.at(-1)];
        const steps = (1000 * (last.step - first.step)) / (last.at - first.at);
        done({ frames: (1000 * count) / (performance.now() - start), steps });
      };
      requestAnimationFrame(frame);
    });
  return lab.page.evaluate(frames, seconds * 1000);
}

/** Frames a second and the run's speed with each view open, against the same with all closed just before and after. */
function views(browser) {
  return withLab(browser, 'epochs=100&workers=2&simd=relaxed', async (lab, _, go) => {
    await go();
    await lab.draw(DIGITS[3]);
    await lab.answer();
    // Nothing was opened yet: what is compared with having opened and closed everything.
    await lab.click('train');
    await lab.steps(100);
    const before = [await pace(lab), await pace(lab)];
    const figures = {};
    let closed = await pace(lab);
    for (const [name, { open, close }] of Object.entries(VIEWS)) {
      await open(lab);
      const opened = await pace(lab);
      await close(lab);
      const after = await pace(lab);
      figures[name] = { frames: round(opened.frames, 1), speed: round((2 * opened.steps) / (closed.steps + after.steps)) };
      closed = after;
    }
    const after = [await pace(lab), await pace(lab)];
    const fastest = (list) => Math.max(...list.map(({ steps }) => steps));
    return { closed_again: round(fastest(after) / fastest(before)), closed_frames: round(closed.frames, 1), views: figures };
  });
}

/** Opens the Engine tab once its measurements can begin. */
async function engineTab(lab) {
  await lab.page.getByRole('button', { name: 'Engine', exact: true }).click();
  await lab.page.locator('[data-testid="measure-engine"]:enabled').waitFor({ timeout: 60_000 });
}

/**
 * Milliseconds of a prediction with every activation, and the share of a step that the session's worker waits: in the
 * first epoch, in which the browser compiles on the cores that train, and in those after it, as the epochs are timed.
 */
function engine(browser) {
  return withLab(browser, 'epochs=4&workers=2&simd=relaxed', async (lab, _, go) => {
    await go();
    await engineTab(lab);
    const waiting = { first: [], later: [] };
    await lab.click('train');
    await lab.steps(200);
    while ((await lab.read('run-state')) === 'training') {
      const step = await lab.number('global-step');
      const share = await lab.number('waiting-share');
      // What is shown is of the last four seconds: in the second epoch, some of them are of the first.
      if (step <= STEPS_AN_EPOCH) waiting.first.push(share);
      else if (step > 2 * STEPS_AN_EPOCH) waiting.later.push(share);
      await lab.page.waitForTimeout(500);
    }
    await lab.state('finished');
    await lab.click('measure-engine');
    const predict_ms = await lab.until('predict-ms', (text) => /^\d/.test(text), { what: 'a number', timeout: 120_000 });
    return {
      predict_ms: Number(predict_ms),
      peak_gflops: await lab.number('peak-gflops'),
      waiting_percent: quantile(waiting.later, 0.5),
      waiting_first_epoch_percent: quantile(waiting.first, 0.5),
    };
  });
}

/** Megabytes of the page's and both workers' WebAssembly, over runs that are trained and reset. */
function memory(browser) {
  return withLab(browser, 'epochs=1&workers=2&limit=1280', async (lab, _, go) => {
    await go();
    await engineTab(lab);
    const megabytes = [];
    for (let i = 0; i < Number(options.cycles); i++) {
      await lab.click('train');
      await lab.state('finished');
      // The memory is told with an answer to the page's ping.
      await lab.page.waitForTimeout(1500);
      megabytes.push(await lab.number('memory-mb'));
      await lab.click('reset');
      await lab.state('idle');
    }
    return { first_mb: megabytes[0], last_mb: megabytes.at(-1), most_mb: Math.max(...megabytes), cycles: megabytes.length };
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
  const output = execFileSync(PYTHON, [script, options.data, String(EPOCHS.keras)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(output.trim().split('\n').at(-1));
}

const GROUPS = { bytes, first, latency, epochs, smooth, views, engine, memory };

const ratio = (ours, keras) => (typeof keras === 'number' ? (ours / keras).toFixed(2) : '-');
const epochLine = (name) => [
  `an epoch, ${name} (s) / Keras's`,
  ({ epochs }) => `${epochs[name].epoch_s} / ${ratio(epochs[name].epoch_s, epochs.keras.epoch_s)}`,
];
const quotient = (a, b) => ({ epochs }) => (epochs[a].epoch_s / epochs[b].epoch_s).toFixed(2);

/** The lines of the table: what, how to read it from the figures, and at most (or at least) how much it should be. */
const TABLE = [
  ['download before drawing, compressed / raw (kB)', ({ bytes }) => kilobytes(bytes.toDraw), '1500'],
  ['download before training, compressed / raw (kB)', ({ bytes }) => kilobytes(bytes.toTrain)],
  ['navigation to first prediction, median / worst (s)', ({ first }) => `${first.median_s} / ${first.worst_s}`],
  ['stroke to probabilities, idle, p50 / p95 (ms)', ({ latency }) => `${latency.idle.p50_ms} / ${latency.idle.p95_ms}`],
  ['stroke to probabilities, training, p50 / p95 (ms)', ({ latency }) => `${latency.training.p50_ms} / ${latency.training.p95_ms}`, 'p95 50'],
  ['an epoch, Keras, all cores (s)', ({ epochs }) => epochs.keras.epoch_s ?? epochs.keras],
  [...epochLine('2 workers, relaxed'), '0.6'],
  [...epochLine('1 worker, relaxed'), '1.1'],
  [
    'the first epoch, 2 workers, relaxed (s), Keras (s)',
    ({ epochs }) => `${epochs['2 workers, relaxed'].first_epoch_s}, ${epochs.keras.first_epoch_s ?? epochs.keras}`,
  ],
  epochLine('2 workers, simd128'),
  epochLine('1 worker, simd128'),
  ['2 workers, times faster than 1', quotient('1 worker, relaxed', '2 workers, relaxed'), 'at least 1.8'],
  ['simd128 / relaxed, 2 workers', quotient('2 workers, simd128', '2 workers, relaxed'), '1.8'],
  [
    "evaluation of 10,000 images (s) / Keras's",
    ({ epochs }) => {
      const ours = epochs['2 workers, relaxed'].evaluate_s;
      return `${ours} / ${ratio(ours, epochs.keras.evaluate_s)}`;
    },
    '1.0',
  ],
  ['main-thread tasks of 50 ms and more in 5 epochs', ({ smooth }) => `${smooth.over_50_ms}, longest ${smooth.longest_ms} ms`, '0'],
  ['speed after views were opened and closed / before', ({ views }) => String(views.closed_again), 'at least 0.95'],
  ...Object.keys(VIEWS).map((name) => [
    `in training, ${name}: frames a second, speed / closed`,
    ({ views }) => `${views.views[name].frames}, ${views.views[name].speed}`,
    'above 50 frames',
  ]),
  ['prediction with all activations (ms)', ({ engine }) => String(engine.predict_ms), '1.5'],
  ['waiting for the other worker, share of the time (%)', ({ engine }) => String(engine.waiting_percent), '8'],
  ['the same in the first epoch (%)', ({ engine }) => String(engine.waiting_first_epoch_percent), ''],
  ['memory, first / last / most of the cycles (MB)', ({ memory: m }) => `${m.first_mb} / ${m.last_mb} / ${m.most_mb} of ${m.cycles}`, '512'],
  [`test accuracy after ${EPOCHS.ours} epochs, seed by seed`, ({ epochs }) => epochs.runs['2 workers, relaxed'].map((run) => run.test_accuracy).join(', ')],
];

function kilobytes({ compressed, raw }) {
  return [compressed, raw].map((size) => (size / 1000).toFixed(1)).join(' / ');
}

async function main() {
  if (options.help) return console.log(HELP);
  const names = options.only ? [options.only] : Object.keys(GROUPS);
  const figures = { machine: `${os.cpus().length} x ${os.cpus()[0].model.trim()}`, node: process.version, date: new Date().toISOString().slice(0, 10), failed: [] };
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
  const rows = TABLE.map(([what, read, limit = '']) => {
    try {
      return [what, String(read(figures)), limit];
    } catch {
      return [what, '-', limit];
    }
  });
  for (const [what, value, limit] of rows) console.log(`${what.padEnd(56)}${value.padEnd(24)}${limit}`);
  const json = JSON.stringify(figures, null, 2);
  console.log(json);
  if (options.json) writeFileSync(options.json, `${json}\n`);
  if (options.doc) writeDoc(options.doc, figures, rows);
  for (const failure of figures.failed) console.error(`error: could not take ${failure}`);
  if (figures.failed.length) process.exitCode = 1;
}

/** Puts the table between the marks of a Markdown file. */
function writeDoc(file, figures, rows) {
  const [start, end] = ['<!-- figures -->', '<!-- end of figures -->'];
  const text = readFileSync(file, 'utf8');
  const [before, after] = [text.split(start)[0], text.split(end)[1]];
  if (after === undefined) throw new Error(`${file} lacks the marks ${start} and ${end}`);
  const table = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  const head = `${figures.machine}, ${figures.browser}, ${figures.date}; \`scripts/bench --rounds ${options.rounds}\`, medians.`;
  writeFileSync(file, `${before}${start}\n${head}\n\n| what | measured | wanted |\n| --- | --- | --- |\n${table}\n${end}${after}`);
}

await main();
