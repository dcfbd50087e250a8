import type { Random } from './part.js';

/** Tommy Ettinger's mulberry32. */
export class Mulberry implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

/** The seed of a soak's turn. The first turn has the soak's own, so that any turn can be repeated as a first one. */
export function seedOfTurn(seed: number, turn: number): number {
  if (turn === 0) return seed;
  return Math.floor(new Mulberry(seed + Math.imul(turn, 0x9e3779b1)).next() * 2 ** 32);
}
