// Starts the programs of the build: the page's in a window, the engine's in a worker. What it loads is what the build
// made, to the bit, or is refused. scripts/seal writes the digests in here, and this file's own into index.html.
(() => {
  'use strict';

  /** What each program, model and manifest must be: its name, and its digest as in the attribute `integrity`. */
  const FILES = {};

  const fetch = self.fetch.bind(self);

  /** The smallest module with a 128-bit constant, as the specification encodes it. */
  const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

  /** Fetches a file of the build. */
  async function file(name) {
    try {
      return await fetch(name, { integrity: FILES[name] });
    } catch {
      throw await refusal(name);
    }
  }

  /** Why a file was not taken: the browser itself tells the console only. */
  async function refusal(name) {
    const answer = await fetch(name).catch(() => undefined);
    if (!answer) return new Error(`${name} did not arrive`);
    if (!answer.ok) return new Error(`${name}: the server answered ${answer.status}`);
    return new Error(`${name} is not the file that this version was built with: it is damaged, or of another version`);
  }

  /** Runs a script of the build in the page. */
  function script(name) {
    return new Promise((done, fail) => {
      const element = document.createElement('script');
      Object.assign(element, { src: name, integrity: FILES[name] ?? '', onload: done });
      element.onerror = () => refusal(name).then(fail);
      document.head.append(element);
    });
  }

  function missing() {
    if (typeof WebAssembly !== 'object') return 'WebAssembly';
    if (!WebAssembly.validate(new Uint8Array(SIMD))) return 'WebAssembly SIMD';
    if (typeof Worker !== 'function') return 'Web Workers';
    return '';
  }

  /** Style sheets that the browser refused or did not get. */
  function unstyled() {
    const sheets = [...document.querySelectorAll('link[rel="stylesheet"]')];
    return sheets.filter((link) => !link.sheet).map((link) => link.getAttribute('href'));
  }

  /** Says in the page's place why it does not come. */
  function tell(message) {
    const boot = document.getElementById('boot');
    if (!boot) return;
    boot.setAttribute('role', 'alert');
    boot.setAttribute('data-testid', 'error');
    boot.textContent = message;
  }

  async function startPage({ js, wasm }) {
    const whole = new Promise((done) => addEventListener('load', done));
    const lack = missing();
    if (lack) {
      await whole;
      return tell(`This browser has no ${lack}, which Digit Lab computes with. Chrome, Edge and Firefox have it, and Safari from 16.4 on.`);
    }
    try {
      const [program] = await Promise.all([file(wasm), script(js), whole]);
      for (const sheet of unstyled()) throw await refusal(sheet);
      await wasm_bindgen({ module_or_path: program });
    } catch (error) {
      await whole;
      tell(`Digit Lab could not be loaded: ${error.message}. Check the connection and reload the page.`);
    }
  }

  async function startWorker(program) {
    // A message that comes before the program listens would be lost: it is kept until then.
    const early = [];
    self.onmessage = (event) => early.push(event);
    // What the program fetches is checked as the program was.
    self.fetch = (name, ...options) => (name in FILES ? file(name) : fetch(name, ...options));
    const [wasm] = await Promise.all([file(`${program}_bg.wasm`), file(`${program}.js`)]);
    importScripts(`${program}.js`);
    await wasm_bindgen({ module_or_path: wasm });
    early.forEach((event) => self.onmessage(event));
  }

  /** When a saved run was saved, as src/sealed.rs and src/app/saved.rs write it; 0 where it is no such file. */
  function savedAt(file) {
    const named = file.length > 60 && String.fromCharCode(...file.subarray(0, 8)) === 'DigitLab';
    return named ? new DataView(file.buffer, file.byteOffset).getFloat64(52, true) : 0;
  }

  /** After the end of the page's program: offers the run that it saved last. */
  function rescue(place) {
    const opening = indexedDB.open('digit-lab');
    opening.onsuccess = () => {
      const database = opening.result;
      if (!database.objectStoreNames.contains('saved')) return database.close();
      const reading = database.transaction('saved').objectStore('saved').getAll();
      reading.onsuccess = () => {
        const [newest] = reading.result.filter(savedAt).sort((a, b) => savedAt(b) - savedAt(a));
        if (newest) offer(newest, place);
      };
    };
  }

  function offer(file, place) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([file], { type: 'application/octet-stream' }));
    link.download = 'digit-lab-run.digitlab';
    link.dataset.testid = 'rescue';
    link.textContent = 'Download the run that was saved last';
    place.append(' ', link, '.');
  }

  /** The program's last deed is to show this paragraph. */
  function watch() {
    const stopped = document.getElementById('stopped');
    const observer = new MutationObserver(() => {
      observer.disconnect();
      rescue(stopped);
    });
    observer.observe(stopped, { attributes: true, attributeFilter: ['hidden'] });
  }

  if (typeof document === 'object') {
    startPage(document.currentScript.dataset);
    addEventListener('load', watch);
  } else {
    // What goes wrong in a promise is thrown again outside of it: only so the page hears of it.
    self.addEventListener('unhandledrejection', (event) => {
      event.preventDefault();
      setTimeout(() => {
        throw event.reason;
      });
    });
    const relaxed = new URLSearchParams(location.search).get('simd') === 'relaxed';
    startWorker(relaxed ? 'worker_relaxed' : 'worker');
  }
})();
