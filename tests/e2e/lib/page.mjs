// The page object: what a user does on the page and reads off it, by the interface contract's `data-testid` names.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect, isDeepStrictEqual } from 'node:util';

/** How long a state may take to come, in ms: a busy two-core machine trains 6,000 images in well under this. */
const PATIENCE = 60_000;

/** How long what comes by itself a moment later may take, in ms: an event, a frame, a write. */
const MOMENT = 15_000;

/** One open Digit Lab. `stage().open()` gives one. */
export class LabPage {
  /** Console errors and warnings, uncaught errors, failed requests: what a user's developer tools would show. */
  problems = [];
  /** The address of every request, oldest first. */
  requests = [];

  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.problems.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error.message}`));
    page.on('requestfailed', (request) => this.problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
    page.context().on('request', (request) => this.requests.push(request.url()));
    page.context().on('response', (response) => {
      if (response.status() >= 400) this.problems.push(`${response.status()}: ${response.url()}`);
    });
  }

  /** The element of that contract name. */
  at(id) {
    return this.page.getByTestId(id);
  }

  /** The text of a contract element. */
  async read(id) {
    return (await this.at(id).first().textContent()).trim();
  }

  /** The number that a contract element shows. */
  async number(id) {
    const text = await this.read(id);
    if (!/^-?\d+(\.\d+)?(e-?\d+)?$/.test(text)) throw new Error(`${id} shows no plain number but "${text}"`);
    return Number(text);
  }

  /** Waits until a contract element's text is as wanted, and gives the text. */
  async until(id, wanted, { timeout = PATIENCE, what = wanted } = {}) {
    const deadline = Date.now() + timeout;
    let text;
    do {
      text = await this.at(id).first().textContent({ timeout }).then((t) => t.trim());
      if (wanted(text)) return text;
      await sleep(20);
    } while (Date.now() < deadline);
    const error = await this.errorText();
    throw new Error(`${id} is "${text}" after ${timeout} ms, wanted ${what}${error && `; the page says: ${error}`}`);
  }

  /**
   * Waits until something that comes a moment later is as expected, and gives it; fails with what it is instead.
   *
   * @template T
   * @param {() => Promise<T>} read
   * @param {T | RegExp} expected To be equal to in depth, or for a text to match.
   * @param {string} what For the message.
   */
  async becomes(read, expected, what, { timeout = MOMENT } = {}) {
    const fits = (now) => (expected instanceof RegExp ? expected.test(now) : isDeepStrictEqual(now, expected));
    for (const deadline = Date.now() + timeout; ; await sleep(20)) {
      const now = await read();
      if (fits(now)) return now;
      if (Date.now() >= deadline) assert.fail(`${what}: ${inspect(now)} after ${timeout} ms, wanted ${inspect(expected)}`);
    }
  }

  /**
   * Waits until something reads the same three times in a row, and gives it: nothing on the page tells that no other answer
   * is under way.
   *
   * @template T
   * @param {() => Promise<T>} read
   * @param {object} [options]
   * @param {(now: T) => boolean} [options.accept] What it can be at all.
   * @param {number} [options.every] Milliseconds between.
   */
  async settled(read, { accept = () => true, every = 100, timeout = PATIENCE } = {}) {
    let [now, same] = [undefined, 0];
    for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(every)) {
      const before = now;
      now = await read();
      same = accept(now) && isDeepStrictEqual(now, before) ? same + 1 : 0;
      if (same === 2) return now;
    }
    throw new Error(`not settled after ${timeout} ms: ${inspect(now)}`);
  }

  /** Clicks on a button that begins long work, and waits until it has begun: it is called Stop then, if only for a moment. */
  async begin(id) {
    await this.page.evaluate((id) => {
      const button = document.querySelector(`[data-testid="${id}"]`);
      window.begun = new Promise((begun) => {
        const look = () => button.textContent.trim() === 'Stop' && begun(true);
        new MutationObserver(look).observe(button, { childList: true, characterData: true, subtree: true });
      });
    }, id);
    await this.click(id);
    const begun = await this.page.evaluate((patience) => Promise.race([window.begun, new Promise((late) => setTimeout(late, patience))]), PATIENCE);
    assert.ok(begun, `${id} began nothing in ${PATIENCE} ms`);
  }

  /** Waits until the page has painted: then all is there that waited for a frame or follows from the sizes of elements. */
  frame() {
    return this.page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))));
  }

  /** Waits until the page stands in the place of its loading message, which the browser's own event may come before. */
  mounted() {
    return this.at('run-state').first().waitFor({ state: 'attached' });
  }

  /** Waits for a run state: idle, loading, training, paused, finished or failed. */
  state(wanted, timeout = PATIENCE) {
    return this.until('run-state', (text) => text === wanted, { timeout, what: wanted });
  }

  /** Waits until the run stands at that many steps or more, and gives how many. */
  async steps(wanted) {
    return Number(await this.until('global-step', (text) => Number(text) >= wanted, { what: `${wanted} or more` }));
  }

  /** The weights' fingerprint, once there is one. */
  weightsHash() {
    return this.until('weights-hash', (text) => /^[0-9a-f]{8,}$/.test(text), { what: 'a fingerprint' });
  }

  /** What follows # in the address; asked of the page, as the driver hears of a new address some time later. */
  hash() {
    return this.page.evaluate(() => location.hash.slice(1));
  }

  /** The message shown, or ''. */
  async errorText() {
    return (await this.at('error').allTextContents()).join(' ').trim();
  }

  /** Waits for an error message, and gives it. */
  async error(timeout = PATIENCE) {
    await this.at('error').first().waitFor({ timeout });
    return this.errorText();
  }

  click(id) {
    return this.at(id).click();
  }

  /** Strokes in units of the pad's side, as points of the window; the pad is brought into view. */
  async onPad(strokes) {
    await this.at('drawing-pad').scrollIntoViewIfNeeded();
    const { x, y, width, height } = await this.at('drawing-pad').boundingBox();
    return strokes.map((stroke) => stroke.map(([u, v]) => [x + u * width, y + v * height]));
  }

  /** Draws with the mouse. Strokes are lists of `[x, y]`, in units of the pad's side. */
  async draw(strokes) {
    for (const [start, ...points] of await this.onPad(strokes)) {
      await this.page.mouse.move(...start);
      await this.page.mouse.down();
      // Not one by one: a hand does not wait for the page either, and the browser hands over what it gathered.
      await Promise.all(points.map((point) => this.page.mouse.move(...point)));
      await this.page.mouse.up();
    }
  }

  /** What is said of the drawing, all of one moment: `{ digit, verdict, probabilities }`, as texts. */
  said() {
    return this.page.evaluate(() => {
      const texts = (ids) => [...document.querySelectorAll(ids)].map((element) => element.textContent.trim());
      const [digit, verdict] = ['predicted-digit', 'verdict'].map((id) => texts(`[data-testid="${id}"]`)[0] ?? '');
      return { digit, verdict, probabilities: texts('[data-testid^="probability-"]') };
    });
  }

  /** The ten probabilities as shown. */
  async probabilities() {
    const texts = await this.page.locator('[data-testid^="probability-"]').allTextContents();
    return texts.map(Number);
  }

  /** Waits until the network answers at all, and gives the digit: perhaps that of a part of what was drawn. */
  async digit(timeout = 10_000) {
    return Number(await this.until('predicted-digit', (text) => /^\d$/.test(text), { timeout, what: 'a digit' }));
  }

  /** Waits until the pad is seen as blank. */
  blank(timeout = 5000) {
    return this.until('predicted-digit', (text) => text === '-', { timeout, what: '-' });
  }

  /** Waits until the answer has come and settled: `{ digit, probabilities }`. It never does while training runs. */
  async answer() {
    // The page asks again while a hand draws: the first answers are about a part of the drawing.
    const { digit, probabilities } = await this.settled(() => this.said(), { accept: ({ digit }) => /^\d+$/.test(digit) });
    return { digit: Number(digit), probabilities: probabilities.map(Number) };
  }

  /** What every canvas of that CSS selector shows: `{ width, height, colours, print }`, in document order. */
  canvases(selector) {
    return this.page.locator(selector).evaluateAll((elements) =>
      elements.map((canvas) => {
        const { width, height } = canvas;
        // Off a copy: Chromium warns of reading a canvas that is drawn to.
        const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const pixels = new Uint32Array(copy.getImageData(0, 0, width, height).data.buffer);
        const print = pixels.reduce((sum, pixel) => (Math.imul(sum, 31) + pixel) | 0, 0);
        return { width, height, colours: new Set(pixels).size, print };
      }),
    );
  }

  /** On a phone, brings that part to the front: draw, train, network or results. Wide screens show them all. */
  async tab(name) {
    await this.mounted();
    if (await this.at(`tab-${name}`).isVisible()) await this.click(`tab-${name}`);
  }

  /** How far anything on the page is scrolled, in px: the page itself and every box within it. */
  scrolled() {
    return this.page.evaluate(() =>
      [document.scrollingElement, ...document.querySelectorAll('*')].reduce((sum, e) => sum + e.scrollTop + e.scrollLeft, 0),
    );
  }
}
