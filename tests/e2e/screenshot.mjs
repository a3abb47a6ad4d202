// Pictures of the release build. See `scripts/screenshot`.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { launch } from './lib/browser.mjs';
import { LabPage } from './lib/page.mjs';
import { segment } from './lib/results.mjs';
import { serve } from './lib/server.mjs';
import { DIGITS, DOUBTFUL } from './lib/strokes.mjs';

const README = path.resolve(import.meta.dirname, '../../docs/screenshot.png');
const SIZES = { wide: { width: 1440, height: 900 }, middle: { width: 1024, height: 768 }, narrow: { width: 390, height: 844 } };
const SHORT_RUN = 'limit=6000&epochs=3';

/** What the page is brought to before each picture, by the picture's name; each on a page of its own. */
const STATES = {
  first: { async reach() {} },
  drawn: { reach: (lab) => draw(lab, 8) },
  training: {
    hash: 'epochs=2',
    async reach(lab) {
      await draw(lab, 3);
      await lab.click('train');
      await lab.steps(60);
    },
  },
  finished: { hash: SHORT_RUN, reach: (lab) => trainAndDraw(lab, 5) },
  layer: {
    async reach(lab) {
      await draw(lab, 2);
      await lab.tab('network');
      await lab.at('layer-2').getByRole('button').click();
    },
  },
  look: {
    async reach(lab) {
      await draw(lab, 8);
      await lab.click('open-why');
      await lab.until('explained', (text) => text.startsWith('8: score'), { what: 'an explanation' });
    },
  },
  errors: {
    hash: SHORT_RUN,
    async reach(lab) {
      await trainAndDraw(lab, 5);
      await segment(lab, 'Evaluation');
      await lab.click('open-confusion');
      await lab.click('cell-4-9');
    },
  },
  verdict: {
    async reach(lab) {
      await lab.draw(DOUBTFUL['not a digit']);
      await lab.until('verdict', (text) => text === 'not a digit', { what: 'a verdict' });
    },
  },
  correction: {
    async reach(lab) {
      await draw(lab, 7);
      await lab.page.locator('[data-testid=hand] summary').click();
      await lab.at('correct-class').selectOption('4');
      await lab.click('keep');
      await lab.until('kept', (text) => text === '1 drawing kept');
      await lab.page.waitForLoadState('networkidle');
      await lab.click('learn');
      await lab.until('lesson-drawings-after', (text) => text !== '-', { what: 'the lesson to end' });
    },
  },
  recalled: {
    hash: SHORT_RUN,
    async reach(lab) {
      await trainAndDraw(lab, 5);
      await lab.tab('network');
      await lab.at('moment').focus();
      await lab.page.keyboard.press('Home');
      await lab.until('moment-shown', (text) => text === 'step 0', { what: 'step 0' });
    },
  },
  help: {
    async reach(lab) {
      await lab.page.keyboard.press('?');
      await lab.page.getByRole('dialog').waitFor();
    },
  },
  'bad-setting': { hash: 'epochs=many', reach: (lab) => lab.error() },
  'data-missing': {
    async reach(lab, server) {
      server.fail(/^data\//);
      await lab.page.reload();
      await lab.click('train');
      await lab.error();
    },
  },
  'worker-dead': {
    async reach(lab) {
      for (const worker of lab.page.workers()) worker.evaluate(() => self.close()).catch(() => {});
      await lab.error();
    },
  },
};

async function draw(lab, digit) {
  await lab.draw(DIGITS[digit]);
  await lab.answer();
}

async function trainAndDraw(lab, digit) {
  await lab.click('train');
  await lab.state('finished', 600_000);
  await lab.until('test-accuracy', (text) => /\d/.test(text), { what: 'a number' });
  await draw(lab, digit);
}

/** A fresh page at the given size, handed to `use` with its host. */
async function withLab(browser, { hash = '', ...context }, use) {
  const server = await serve();
  const profile = await browser.newContext({ deviceScaleFactor: 2, ...context });
  try {
    const lab = new LabPage(await profile.newPage());
    await lab.page.goto(`${server.url}#${hash}`);
    await lab.weightsHash();
    await use(lab, server);
  } finally {
    await profile.close();
    await server.close();
  }
}

/** The README's: the whole recipe's first epochs, a drawn digit read by the model trained there. */
async function readme(browser) {
  mkdirSync(path.dirname(README), { recursive: true });
  const context = { hash: SHORT_RUN, viewport: SIZES.wide, colorScheme: 'light' };
  await withLab(browser, context, async (lab) => {
    await trainAndDraw(lab, 5);
    await lab.page.screenshot({ path: README });
    console.log(README);
  });
}

/** Of every state, or of those that are named. */
async function every(browser, folder, only) {
  mkdirSync(folder, { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark']) {
      for (const [state, { hash, reach }] of Object.entries(STATES)) {
        if (only.length && !only.includes(state)) continue;
        const name = `${state}-${size}-${colorScheme}`;
        await withLab(browser, { hash, viewport, colorScheme }, async (lab, server) => {
          await reach(lab, server);
          await shoot(lab, path.join(folder, name));
        }).catch((error) => {
          console.error(`error: ${name}: ${error.message}`);
          process.exitCode = 1;
        });
      }
    }
  }
}

/** One picture; on a phone one of every tab. */
async function shoot(lab, base) {
  const covered = await lab.page.getByRole('dialog').filter({ visible: true }).count();
  const narrow = !covered && (await lab.at('tab-draw').isVisible());
  for (const tab of narrow ? ['draw', 'train', 'network', 'results'] : ['']) {
    if (tab) await lab.tab(tab);
    const file = `${base}${tab && `-${tab}`}.png`;
    await lab.page.screenshot({ path: file });
    console.log(file);
  }
}

const [folder, ...only] = process.argv.slice(2);
const browser = await launch();
try {
  await (folder ? every(browser, path.resolve(folder), only) : readme(browser));
} finally {
  await browser.close();
}
