// A run that is saved, and what the specs of recovery do to it.
import { LabPage } from './page.mjs';
import { segment } from './results.mjs';

/** Its settings, as in a link. */
export const RUN = 'limit=6400&epochs=4&seed=5&workers=2&pretrained=0&optimizer=adam&ema=0.9';

/** A fault that the page asks its worker for. */
export const fault = (page, detail) => page.evaluate((detail) => dispatchEvent(new CustomEvent('digit-lab-crash', { detail })), detail);

/** The fingerprint of a run that nothing interrupts. */
export async function uninterrupted(app, hash, patience) {
  const lab = await app.open(`${hash}&autostart=1`);
  await lab.state('finished', patience);
  return lab.read('weights-hash');
}

/** Another page of the same profile. */
export async function another(app, lab, hash = '') {
  const next = new LabPage(await lab.page.context().newPage());
  await next.page.goto(hash ? `${app.server.url}#${hash}` : app.server.url);
  return next;
}

/** The numbers of the step and the time of what is stored, newest first. */
export const stored = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('digit-lab');
        opening.onerror = reject;
        opening.onsuccess = () => {
          const reading = opening.result.transaction('saved').objectStore('saved').getAll();
          reading.onsuccess = () => {
            opening.result.close();
            resolve(reading.result.map((file) => new DataView(file.buffer).getFloat64(52, true)).sort().reverse());
          };
        };
      }),
  );

/** Waits until something is stored. */
export async function untilStored(lab) {
  await segment(lab, 'History');
  return lab.until('stored', (text) => /step [\d ,]+/.test(text), { what: 'a saved run' });
}
