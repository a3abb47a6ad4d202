// axe-core's judgement of a page.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Every violation of axe-core's rules on the page as it is now, one line each: rule, element, what to do.
 *
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>}
 */
export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(SOURCE);
  return page.evaluate(async () => {
    // Colours are judged where they come to rest. Frames are asked for: Chromium ends no transition of what is out of sight
    // while it has nothing to paint.
    let atRest = false;
    const rest = Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
    rest.then(() => (atRest = true));
    while (!atRest) await new Promise(requestAnimationFrame);
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`),
    );
  });
}
