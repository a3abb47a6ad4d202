// Nothing jumps while training runs, and the page stays quick.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { DIGITS } from './lib/strokes.mjs';

const app = stage();

/** In the page: gathers what the browser observes. */
function observe() {
  window.observed = { shifts: [], tasks: [] };
  new PerformanceObserver((list) => {
    for (const { value, startTime, sources } of list.getEntries()) {
      const name = (node) => (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.cloneNode().outerHTML;
      const side = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ');
      const moved = sources.map((s) => `${name(s.node)}: ${side(s.previousRect)} -> ${side(s.currentRect)}`);
      window.observed.shifts.push({ value, startTime, moved });
    }
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.observed.tasks.push(Math.round(duration));
  }).observe({ type: 'longtask', buffered: true });
}

for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
  test(`no layout shift from load to finish at ${viewport.width} px`, async (t) => {
    const lab = await app.open('limit=1280&epochs=2', { viewport, script: observe });
    await lab.weightsHash();
    await lab.click('train');
    await lab.steps(3);
    await lab.draw(DIGITS[1]);
    await lab.state('finished');
    const { shifts, tasks } = await lab.page.evaluate(() => window.observed);
    t.diagnostic(`longest task ${Math.max(0, ...tasks)} ms of ${tasks.length} above 50 ms`);
    const sum = shifts.reduce((total, { value }) => total + value, 0);
    const largest = shifts.sort((a, b) => b.value - a.value).slice(0, 5);
    assert.ok(sum < 0.01, `layout shifts sum to ${sum}; the largest: ${JSON.stringify(largest, null, 1)}`);
  });
}
