// Runs in the page: gives the page's own inputs what good files become by chance. Each function stands alone, as it is sent
// there as text.

/** Puts `window.hostile` there: mutated files, and what the page says of them. */
export function prepare() {
  const text = (id) => document.querySelector(`[data-testid="${id}"]`)?.textContent.trim() ?? '';
  const channel = new MessageChannel();
  const turns = [];
  channel.port1.onmessage = () => turns.shift()();
  const turn = () => new Promise((resolve) => (turns.push(resolve), channel.port2.postMessage(0)));

  /** A generator of random numbers below a bound (mulberry32). */
  function draws(seed) {
    let state = seed >>> 0;
    return (bound) => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(bound, 1);
    };
  }

  const BOUNDS = [0n, 1n, 0x7fn, 0xffn, 0x7fffffffn, 0xffffffffn, 1n << 40n, (1n << 64n) - 1n];

  /** One change; headers are where it counts most. */
  function change(bytes, below) {
    const at = below(below(2) ? bytes.length : Math.min(bytes.length, 400));
    const end = Math.min(bytes.length, at + 1 + below(40));
    const number = new Uint8Array(new BigUint64Array([BOUNDS[below(BOUNDS.length)]]).buffer);
    const joined = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));
    switch (below(7)) {
      case 0:
        return bytes.map((byte, i) => (i === at ? byte ^ (1 << below(8)) : byte));
      case 1:
        return bytes.slice(0, at);
      case 2:
        return joined(bytes.subarray(0, at), bytes.subarray(end));
      case 3:
        return joined(bytes, bytes.subarray(at, end));
      case 4:
        return joined(bytes.subarray(0, at), number.subarray(0, Math.min(8, bytes.length - at)), bytes.subarray(at + 8));
      case 5:
        return joined(bytes.subarray(0, at), [...number.subarray(0, 4)].reverse(), bytes.subarray(at + 4));
      default:
        return joined(bytes.subarray(0, at), new TextEncoder().encode(`${BOUNDS[below(BOUNDS.length)]}`), bytes.subarray(end));
    }
  }

  /** One to four changes of one of some good files, made of the number alone. */
  function mutated(seeds, number) {
    const below = draws(number);
    let bytes = new Uint8Array(seeds[below(seeds.length)]);
    for (let left = below(4); left >= 0; left -= 1) bytes = change(bytes, below);
    return bytes;
  }

  /** Chooses a file, as a user does. */
  function choose(id, name, bytes) {
    const input = document.querySelector(`[data-testid="${id}"]`);
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name));
    input.files = transfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /** Waits, without a timer; and gives how many ms it took. */
  async function until(condition, what) {
    const begun = performance.now();
    while (!condition()) {
      if (performance.now() - begun > 5000) throw new Error(`${what} is not answered within 5 s; the page says: ${text('error')}`);
      await turn();
    }
    return performance.now() - begun;
  }

  /** A checkpoint's seal with the checksum that its body has. */
  async function sealed(head, body) {
    const file = new Uint8Array([...head, ...body]);
    new DataView(file.buffer).setBigUint64(12, BigInt(body.length), true);
    file.set(new Uint8Array(await crypto.subtle.digest('SHA-256', body)), 20);
    return file;
  }

  window.hostile = { text, turn, mutated, choose, until, sealed };
}

/** Models' files. What is refused must leave the weights alone. */
export async function feedModels({ seeds, ending, from, to }) {
  const { text, mutated, choose, until } = window.hostile;
  let [taken, slowest] = [0, 0];
  for (let number = from; number < to; number += 1) {
    const name = `m${number}.${ending}`;
    const before = text('weights-hash');
    choose('import-model', name, mutated(seeds, number));
    const refused = () => text('error').includes(name);
    const loaded = () => text('model-file-facts').startsWith(`${name}: `);
    slowest = Math.max(slowest, await until(() => refused() || loaded(), name));
    if (loaded()) {
      taken += 1;
      const [, hash] = text('model-file-facts').match(/weights ([0-9a-f]+)/);
      await until(() => text('weights-hash') === hash, `the run with ${name}`);
    } else if (text('weights-hash') !== before || !/Nothing has changed/.test(text('error'))) {
      throw new Error(`${name} changed something: ${text('error')}`);
    }
  }
  return { taken, slowest };
}

/** The user's images or labels; the other file is good. What is refused must leave the data and the run alone. */
export async function feedData({ seeds, own, id, other, good, ending, from, to }) {
  const { text, turn, mutated, choose, until } = window.hostile;
  const reading = () => document.querySelector('[data-testid="import-stop"]') !== null;
  const refused = () => /Nothing has changed/.test(text('error'));
  // What was good is kept for the next try until both are taken.
  let kept = false;
  let [taken, slowest] = [0, 0];
  for (let number = from; number < to; number += 1) {
    const [hash, data] = [text('weights-hash'), text('data-state')];
    choose(id, `d${number}.${ending}`, mutated(seeds, number));
    if (!kept) choose(other, 'good.idx', new Uint8Array(good));
    await turn();
    slowest = Math.max(slowest, await until(() => !reading(), `file ${number}`));
    kept = refused();
    taken += kept ? 0 : 1;
    if (text('weights-hash') !== hash) throw new Error(`file ${number} changed the run`);
    if (kept && text('data-state') !== data) throw new Error(`file ${number} changed the data`);
  }
  // Nothing is kept for whoever comes next.
  if (kept) {
    choose(id, 'good.idx', new Uint8Array(own));
    await turn();
    await until(() => !reading(), 'the good file');
  }
  return { taken, slowest };
}

/**
 * Saved runs, with the checksums of one who knows them; those that the page takes go on to the worker. With a `hash` they are
 * only offered, which must not change the run's weights.
 */
export async function feedRuns({ seeds: [whole], from, to, hash }) {
  const { text, turn, mutated, choose, until, sealed } = window.hostile;
  const file = new Uint8Array(whole);
  const HEAD = 52;
  const notes = Number(new DataView(file.buffer).getBigUint64(12, true));
  const parts = [file.subarray(0, HEAD + notes), file.subarray(HEAD + notes)];
  const click = (selector) => document.querySelector(selector)?.click();
  let [taken, slowest] = [0, 0];
  for (let number = from; number < to; number += 1) {
    // One of the two parts is another.
    const which = number % 2;
    const body = mutated([parts[which].subarray(HEAD)], number);
    const part = await sealed(parts[which].subarray(0, HEAD), body);
    const both = which ? [...parts[0], ...part] : [...part, ...parts[1]];
    while (text('error')) {
      click('.notice .tool');
      await turn();
    }
    choose('open-saved', 'run.digitlab', new Uint8Array(both));
    const answered = () => text('error') || document.querySelector('[data-testid="resume-run"]');
    slowest = Math.max(slowest, await until(answered, `run ${number}`));
    if (hash && text('weights-hash') !== hash) throw new Error(`run ${number} changed the model: ${text('error')}`);
    if (text('error')) continue;
    taken += 1;
    if (hash) continue;
    click('[data-testid="resume-run"]');
    await turn();
    slowest = Math.max(slowest, await until(() => text('error') || /idle|paused|finished/.test(text('run-state')), `run ${number}`));
  }
  return { taken, slowest };
}

/** Links that come while the page is open. In a run, its weights must stay: `hash`. */
export async function feedLinks({ seeds, from, to, hash }) {
  const { text, turn, mutated, until } = window.hostile;
  const links = seeds.map((link) => new TextEncoder().encode(link));
  let slowest = 0;
  for (let number = from; number < to; number += 1) {
    const link = String.fromCharCode(...mutated(links, number)).replaceAll('autostart', '');
    let changed = false;
    addEventListener('hashchange', () => (changed = true), { once: true });
    const before = location.hash;
    const begun = performance.now();
    location.hash = link;
    if (location.hash === before) continue;
    await until(() => changed, `link ${number}`);
    await turn();
    slowest = Math.max(slowest, performance.now() - begun);
    if (hash && text('weights-hash') !== hash) throw new Error(`link ${number} changed the model: ${link}`);
    if (!text('run-state')) throw new Error(`link ${number} took the page away`);
  }
  return { slowest };
}

/** Puts records into the history, in place of what is there; the page reads them when it opens. */
export function storeRecords({ seeds, from, to }) {
  const { mutated } = window.hostile;
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('digit-lab');
    opening.onerror = reject;
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('runs', 'readwrite');
      const store = transaction.objectStore('runs');
      store.clear();
      for (let number = from; number < to; number += 1) store.put(mutated(seeds, number), number + 1);
      transaction.oncomplete = () => resolve(opening.result.close());
      transaction.onerror = reject;
    };
  });
}

/** The records of the history, as they are stored. */
export const storedRecords = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open('digit-lab');
    opening.onerror = reject;
    opening.onsuccess = () => {
      const reading = opening.result.transaction('runs').objectStore('runs').getAll();
      reading.onsuccess = () => {
        opening.result.close();
        resolve(reading.result.map((bytes) => [...bytes]));
      };
    };
  });
