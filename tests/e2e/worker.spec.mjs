// A worker that does not load, dies, hangs or throws: the page says so within 5 s, lives on, and restarts it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();
const REPORTED_WITHIN = 5000;

const DEATHS = {
  closes: () => self.close(),
  'hangs in a loop': () => {
    for (;;);
  },
};
/** What the page itself can do to its worker: `Command::Crash`, a panic. */
const panic = () => dispatchEvent(new Event('digit-lab-crash'));

for (const [what, death] of Object.entries(DEATHS)) {
  test(`a worker that ${what} in mid-training is reported and restarted`, async () => {
    const lab = await app.open('limit=6000&epochs=5', { faulty: true });
    await lab.click('train');
    await lab.steps(3);
    await strike(lab, death);
    assert.match(await lab.error(REPORTED_WITHIN), /worker|engine/i);
    await assertRestarts(lab);
  });
}

test('a worker that dies idle is reported and restarted', async () => {
  const lab = await app.open('limit=640', { faulty: true });
  await lab.weightsHash();
  await strike(lab, DEATHS.closes);
  await lab.error(REPORTED_WITHIN);
  await assertRestarts(lab);
});

test('a worker that panics in mid-training is reported and restarted', async () => {
  const lab = await app.open('limit=6000&epochs=5', { faulty: true });
  await lab.click('train');
  await lab.steps(3);
  await lab.page.evaluate(panic);
  assert.match(await lab.error(REPORTED_WITHIN), /worker|engine/i);
  await assertRestarts(lab);
});

for (const [what, file] of Object.entries({ script: /^worker(_relaxed)?\.js$/, WebAssembly: /^worker.*\.wasm$/ })) {
  test(`a worker whose ${what} is missing is reported, and loads when it is back`, async () => {
    const mend = app.server.fail(file);
    try {
      const lab = await app.open('limit=640', { faulty: true });
      await lab.error(REPORTED_WITHIN);
      assert.ok(app.server.answers.some(({ path, status }) => file.test(path) && status === 404));
      mend();
      await assertRestarts(lab);
    } finally {
      mend();
    }
  });
}

test('a worker whose loader is gone after a panic is reported, and starts when it is back', async () => {
  const lab = await app.open('limit=640', { faulty: true });
  await lab.weightsHash();
  const mend = app.server.fail(/^loader\.js$/);
  try {
    await lab.page.evaluate(panic);
    await lab.error(REPORTED_WITHIN);
    await lab.click('remedy');
    await lab.until('error', (text) => /loaded/.test(text), { timeout: REPORTED_WITHIN, what: 'that it could not be loaded' });
    mend();
    await assertRestarts(lab);
  } finally {
    mend();
  }
});

/** Runs a function in every worker of the page. */
async function strike(lab, death) {
  const workers = lab.page.workers();
  assert.ok(workers.length > 0, 'there is a worker');
  // A worker that is gone or busy does not answer.
  for (const worker of workers) worker.evaluate(death).catch(() => {});
}

async function assertRestarts(lab) {
  assert.match(await lab.read('remedy'), /restart/i);
  await lab.click('remedy');
  await lab.at('error').first().waitFor({ state: 'hidden' });
  await lab.draw(DIGITS[1]);
  await lab.answer();
  await lab.click('reset');
  await lab.state('idle');
  await lab.click('train');
  await lab.steps(2);
}
