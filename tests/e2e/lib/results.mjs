// The tabs of the results; a phone has all of them below each other.

/** Shows a tab of the results: Curves, Evaluation, History or Engine. */
export async function segment(lab, name) {
  await lab.tab('results');
  const button = lab.page.locator('.results .segment', { hasText: name });
  if (await button.isVisible()) await button.click();
}
