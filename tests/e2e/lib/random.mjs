// Random choices that are the same every time.

/** A generator of random numbers from 0 to 1 (mulberry32). */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random choices from one generator. */
export class Draws {
  #next;

  constructor(seed) {
    this.#next = generator(seed);
  }

  /** A whole number from 0 to below `bound`. */
  below(bound) {
    return Math.floor(this.#next() * bound);
  }

  /** A whole number from one to another. */
  from(low, high) {
    return low + this.below(high - low + 1);
  }

  of(choices) {
    return choices[this.below(choices.length)];
  }
}
