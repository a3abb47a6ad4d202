// The coach: on a real over-fit, and on a run that leaves the finite numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { segment } from './lib/results.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const coach = (lab) => lab.at('coach').getByRole('status').innerText();

test('nothing is said before there is evidence', async () => {
  const lab = await app.open('limit=640&epochs=1&workers=1');
  assert.equal(await coach(lab), '');
  await lab.click('train');
  await lab.state('finished');
  assert.equal(await coach(lab), '');
  assert.ok(!(await lab.at('coach-more').isVisible()));
});

for (const viewport of SIZES) {
  test(`learning by heart is called over-fitting at ${viewport.width} px`, async () => {
    const lab = await app.open('limit=200&epochs=20', { viewport });
    await lab.click('train');
    await lab.state('finished', 180_000);
    await lab.tab('results');
    assert.match(await coach(lab), /^Over-fitting since epoch \d+: .*\d\.\d{3}/);
    await lab.click('coach-more');
    await lab.page.getByText('show more images').waitFor();
    assert.deepEqual(await violations(lab.page), []);
  });
}

for (const viewport of SIZES) test(`a run that leaves the finite numbers is explained, and no NaN is shown at ${viewport.width} px`, async () => {
  const lab = await app.open('lr=10&optimizer=sgd&weight_decay=1&limit=6000&epochs=1', { viewport });
  await lab.click('train');
  await lab.state('failed');
  assert.equal(await lab.page.locator('.stat-left .value').textContent(), '-', 'it will take no more time');
  await lab.tab('results');
  assert.match(await coach(lab), /^Stopped: step \d+ gave no finite number\..* at learning rate 10\. The weights before it are kept\.$/);
  if (viewport.width > 900) {
    const edge = (place, side) => lab.page.locator(place).evaluate((it, side) => it.getBoundingClientRect()[side], side);
    assert.ok((await edge('.place-results', 'right')) < (await edge('.place-draw', 'left')), 'a long sentence widens nothing');
  }
  assert.match(await lab.errorText(), /Training stopped/);
  for (const tab of ['Evaluation', 'History', 'Engine', 'Curves']) {
    await segment(lab, tab);
    assert.doesNotMatch(await lab.page.locator('body').innerText(), /\bNaN\b|\binf(inity)?\b/i, tab);
  }
  await segment(lab, 'History');
  assert.equal(await lab.at('run').count(), 1, 'the run is kept');
  await segment(lab, 'Curves');
  assert.deepEqual(await violations(lab.page), []);
});
