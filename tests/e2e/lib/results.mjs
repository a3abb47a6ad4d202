// Runs from start to end, and the tabs of the results; a phone has all of them below each other.

/** Trains a new run with the settings as they are, to its end, and gives the fingerprint. */
export async function train(lab) {
  await lab.click('reset');
  await lab.state('idle');
  await lab.click('train');
  await lab.state('finished');
  return lab.weightsHash();
}

/** Loads the page again, and waits until everything has arrived. */
export async function reload(lab) {
  await lab.page.reload();
  await lab.weightsHash();
  await lab.page.waitForLoadState('networkidle');
}

/** Shows a tab of the results: Curves, Evaluation, History or Engine. */
export async function segment(lab, name) {
  await lab.tab('results');
  const button = lab.page.locator('.results .segment', { hasText: name });
  if (await button.isVisible()) await button.click();
}

/** Presses a button that measures, once it can be pressed, and waits until that is over. */
export async function measure(lab, id) {
  await lab.page.locator(`[data-testid="${id}"]:enabled`).waitFor({ timeout: 30_000 });
  const name = await lab.read(id);
  await lab.begin(id);
  await lab.until(id, (text) => text === name, { what: name, timeout: 90_000 });
}
