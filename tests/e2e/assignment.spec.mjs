// Assignment links: a task, controls that stay, a goal that the page checks, a hand-in that is verified by training again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './lib/axe.mjs';
import { stage } from './lib/stage.mjs';

const app = stage();
const SETTINGS = 'model=Flatten/Dense:10,activation=softmax&limit=640&epochs=1&lr=0.01';
const TASK = 'task=Reach%200.3%20%3Cb%3Ewith%20one%20layer%3C/b%3E';
const LINK = `${SETTINGS}&${TASK}&lock=data,seed&hide=model&goal=acc:0.3,params:10000,epochs:1`;

for (const [width, height] of [[1440, 900], [390, 844]]) {
  test(`opened, solved and handed in at ${width} px`, async () => {
    const lab = await app.open(LINK, { viewport: { width, height } });
    assert.equal(await lab.read('assignment-task'), 'Reach 0.3 <b>with one layer</b>');
    assert.equal(await lab.at('assignment').locator('b').count(), 0, 'a text is a text');
    assert.equal(await lab.read('goal-state'), 'not-yet');
    assert.deepEqual(await violations(lab.page), [], 'open');
    await lab.click('train');
    await lab.state('finished');
    await lab.until('goal-state', (text) => text === 'met', { what: 'met' });
    for (const goal of ['acc', 'params', 'epochs']) {
      assert.equal(await lab.at(`goal-${goal}`).getAttribute('data-verdict'), 'met');
    }
    const line = await lab.at('hand-in').inputValue();
    assert.match(line, /test accuracy 0\.\d{4} \| 7,850 parameters \| 1 epoch,/);
    assert.ok(line.includes(await lab.read('weights-hash')));
    assert.deepEqual(await violations(lab.page), [], 'met');
  });
}

test('what is locked cannot be changed and says why, what is hidden is not shown', async () => {
  const lab = await app.open(LINK);
  await lab.weightsHash();
  assert.ok(await lab.page.locator('#setting-limit').isDisabled());
  assert.match(await lab.at('controls-data').innerText(), /assignment/i);
  const seed = lab.page.locator('#setting-seed');
  assert.ok(await seed.isDisabled());
  // By force, past the control.
  await seed.evaluate((input) => {
    input.disabled = false;
    input.value = '99';
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  assert.doesNotMatch(await lab.page.evaluate(() => location.hash), /seed=/);
  assert.ok(!(await lab.page.locator('#setting-preset').isVisible()));
  await lab.page.locator('#setting-epochs').fill('2');
  await lab.page.waitForFunction(() => /epochs=2/.test(location.hash) && /task=Reach/.test(location.hash));
});

test('what is missing is said in figures', async () => {
  const lab = await app.open(`${SETTINGS}&goal=acc:0.999,params:7000`);
  await lab.click('train');
  await lab.state('finished');
  await lab.page.locator('[data-testid=goal-acc]', { hasText: /0\.\d{4}; 0\.\d{4} to go/ }).waitFor();
  assert.match(await lab.at('goal-params').innerText(), /7,850; 850 too many/);
  assert.equal(await lab.read('goal-state'), 'missed');
  assert.deepEqual(await violations(lab.page), []);
  assert.equal(await lab.at('hand-in').count(), 0);
});

test('a hand-in is trained again in another profile: the same fingerprint, or a forged one is noticed', async () => {
  const student = await app.open(LINK);
  await student.click('train');
  await student.state('finished');
  const line = await student.at('hand-in').inputValue();
  const hash = line.split('#')[1];
  const verdict = async (hash) => {
    const teacher = await app.open(hash);
    await teacher.until('verification', (text) => ['same', 'other'].includes(text), { what: 'a verdict' });
    return teacher;
  };
  const honest = await verdict(hash);
  assert.equal(await honest.read('verification'), 'same');
  assert.equal(await honest.read('goal-state'), 'met');
  assert.deepEqual(await violations(honest.page), []);
  const forged = await verdict(hash.replace(/expect=\w+/, 'expect=0123456789abcdef'));
  assert.equal(await forged.read('verification'), 'other');
  const said = await forged.page.locator('.verification').innerText();
  assert.ok(said.includes('0123456789abcdef') && said.includes(await forged.read('weights-hash')) && /SIMD/.test(said));
  assert.deepEqual(await violations(forged.page), []);
  const other = await verdict(hash.replace('lr=0.01', 'lr=0.02'));
  assert.equal(await other.read('verification'), 'other', 'other settings give other weights');
});

test('a teacher makes a link, and a bad goal is explained', async () => {
  const lab = await app.open(SETTINGS);
  await lab.weightsHash();
  await lab.page.keyboard.press('?');
  await lab.click('make-assignment');
  await lab.at('assign-task').fill('Reach 0.98 & stay small: 100%');
  await lab.at('assign-model').selectOption('locked');
  await lab.at('assign-acc').fill('98');
  await lab.until('assign-problem', (text) => /above 0 and at most 1/.test(text), { what: 'the reason' });
  await lab.at('assign-acc').fill('0.98');
  const link = await lab.at('assignment-link').inputValue();
  assert.deepEqual(await violations(lab.page), []);
  const opened = await app.open(link.split('#')[1]);
  assert.equal(await opened.read('assignment-task'), 'Reach 0.98 & stay small: 100%');
  assert.ok(await opened.page.locator('#setting-preset').isDisabled());
  assert.match(await opened.at('goal-acc').innerText(), /at least 0\.9800/);
});

const HOSTILE = {
  'goal=acc:7': /goal.*acc.*acc:7/,
  'lock=everything': /lock.*everything/,
  'expect=%3Cscript%3E': /expect.*<script>/,
  [`task=${'x'.repeat(400)}`]: /task.*300.*400/,
};
for (const [hash, message] of Object.entries(HOSTILE)) {
  test(`#${hash.slice(0, 20)} gives a message and no assignment`, async () => {
    const lab = await app.open(hash);
    assert.match(await lab.error(), message);
    assert.equal(await lab.at('assignment').count(), 0);
  });
}
