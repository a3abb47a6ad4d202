// Tabs that can be hidden. Playwright keeps every page it knows visible and awake, so these are opened behind its back,
// in a browser context of their own, by Chromium's protocol.

/** Tabs of one window; the one opened last hides the others. */
export class HiddenTabs {
  /** For `launch`: leaves out the switches with which Playwright keeps hidden tabs awake. */
  static LAUNCH = {
    without: [
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
    ],
  };
  #answers = new Map();
  #sent = 0;

  /** @param {import('playwright-core').Browser} browser Launched with {@link HiddenTabs.LAUNCH}. */
  static async of(browser) {
    const tabs = new HiddenTabs();
    tabs.browser = await browser.newBrowserCDPSession();
    tabs.browser.on('Target.receivedMessageFromTarget', ({ message }) => tabs.#receive(JSON.parse(message)));
    ({ browserContextId: tabs.context } = await tabs.browser.send('Target.createBrowserContext'));
    return tabs;
  }

  /** Opens an address in front. The tab's `evaluate` gives the value of an expression in it. */
  async open(url) {
    const { targetId } = await this.browser.send('Target.createTarget', { url, browserContextId: this.context });
    const { sessionId } = await this.browser.send('Target.attachToTarget', { targetId });
    await this.browser.send('Target.activateTarget', { targetId });
    return {
      evaluate: async (expression) => {
        const params = { expression, awaitPromise: true, returnByValue: true };
        const { result, exceptionDetails } = await this.#send(sessionId, 'Runtime.evaluate', params);
        if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`);
        return result.value;
      },
    };
  }

  #send(sessionId, method, params) {
    const id = ++this.#sent;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      const message = JSON.stringify({ id, method, params });
      this.browser.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
    });
  }

  #receive({ id, result, error }) {
    const answer = this.#answers.get(id);
    if (!answer) return;
    this.#answers.delete(id);
    if (error) answer.reject(new Error(error.message));
    else answer.resolve(result);
  }
}
