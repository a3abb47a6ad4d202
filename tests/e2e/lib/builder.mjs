// The model's editor, as a user sees and works it.

/** The editor of one open Digit Lab. */
export class Builder {
  /** @param {import('./page.mjs').LabPage} lab */
  constructor(lab) {
    this.lab = lab;
    this.rows = lab.page.locator('[data-testid^="model-layer-"]');
  }

  row(place) {
    return this.lab.at(`model-layer-${place}`);
  }

  /** The button that is the row. */
  head(place) {
    return this.row(place).locator('[aria-expanded]');
  }

  /** Keras's class names, first to last. */
  kinds() {
    return this.lab.page.locator('.model-kind').allTextContents();
  }

  /** What a row says: kind, arguments, output shape, parameters. */
  async says(place) {
    const parts = await this.head(place).locator('span').allTextContents();
    return parts.filter((part) => part).join(' ');
  }

  /** What stands below a row that does not fit. */
  async complaint(place) {
    return (await this.row(place).locator('.complaint').textContent()).trim();
  }

  async open(place) {
    if ((await this.head(place).getAttribute('aria-expanded')) === 'false') await this.head(place).click();
  }

  /** Types into an argument of the open row. */
  type(argument, text) {
    return this.lab.at(`argument-${argument}`).fill(text);
  }

  async add(kind) {
    await this.lab.click('add-layer');
    await this.lab.click(`add-${kind}`);
  }

  /** Waits until the row has the focus. */
  focused(place) {
    return this.lab.page.waitForFunction((place) => {
      const row = document.querySelector(`[data-testid="model-layer-${place}"] [aria-expanded]`);
      return row !== null && row === document.activeElement;
    }, place);
  }

  /** Waits until the layers are of these kinds. */
  async until(kinds) {
    await this.lab.page.waitForFunction(
      (wanted) => [...document.querySelectorAll('.model-kind')].map((kind) => kind.textContent).join() === wanted,
      kinds.join(),
    );
  }

  /** Which of the buttons that train, pause, step and reset do nothing now. */
  async blocked() {
    const off = [];
    for (const id of ['reset', 'train', 'pause', 'step']) {
      const button = this.lab.at(id);
      if ((await button.count()) > 0 && (await button.isDisabled())) off.push(id);
    }
    return off;
  }
}
