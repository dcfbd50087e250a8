/** What a part of the soak is, and what it is given for a turn. */

/** A promise of granule's that was broken, by what happened. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** A seeded generator: the same draws for the same seed. Threads keep no time, so no two turns are the same. */
export interface Random {
  /** 0 ≤ x < 1 */
  next(): number;
  /** 0 ≤ an integer < n */
  below(n: number): number;
  pick<T>(list: readonly T[]): T;
}

/** One of a part's turns. */
export interface Turn {
  readonly random: Random;
  /** When to stop, on the clock of performance.now(): what is under way then is brought to its end. */
  readonly until: number;
  /** Throws the Violation. */
  violation(message: string, cause?: unknown): never;
  /** Shown while the soak runs. */
  progress(text: string): void;
  /** Adds to a figure of the report. */
  count(name: string, by?: number): void;
  /** One value of a distribution, of which the report gives the median, the 99th percentile and the most. */
  sample(name: string, value: number): void;
}

/**
 * One kind of attack. A turn leaves nothing behind: threads, handles and listeners are counted after each, and
 * anything left is a violation, as are an uncaught error, an unhandled rejection and a warning of the process.
 */
export interface Part {
  readonly name: string;
  /** How many turns of each round are its own. Default: 1. */
  readonly share?: number;
  /** Works until about `until` and checks as it goes; throws Violation on the first broken promise. */
  run(turn: Turn): Promise<void>;
}

/** The kinds of a part's attacks one after the other, from any of them on, until its turn is over. */
export function* around<T>(kinds: readonly T[], { random, until }: Turn): Generator<T> {
  for (let next = random.below(kinds.length); performance.now() < until; next++) yield kinds[next % kinds.length];
}
