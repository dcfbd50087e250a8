/** Which fates there are, which items get them, and how an item may end by them. */
import { isDeepStrictEqual } from 'node:util';
import { fruitOf, type Fate, type Item } from '../../../fixtures/faults/misfortunes.js';
import type { Random } from '../part.js';

export const kind: readonly Fate[] = ['number', 'number', 'object', 'text', 'memory', 'async'];
const quick: readonly Fate[] = [
  'throws', 'exits', 'exits later', 'exits once', 'exits as its result is encoded', 'throws in a timer',
  'rejects unseen',
];
/** These take a second each, by the time limit and the grace, or to fill a heap. */
const slow: readonly Fate[] = ['spins', 'never settles', 'polls', 'runs out of memory'];
/** Only a result that may be anything is encoded. */
const ofObjects: readonly Fate[] = ['uncloneable', 'exits as its result is encoded'];
const unkind: readonly Fate[] = [...quick, ...quick, ...quick, 'uncloneable', 'uncloneable', ...slow];

/** How an item fails: by which error. */
const failures: Partial<Record<Fate, string>> = {
  throws: 'RangeError',
  uncloneable: 'SerializationError',
  exits: 'WorkerLostError',
  'exits later': 'WorkerLostError',
  'exits once': 'WorkerLostError',
  'exits as its result is encoded': 'WorkerLostError',
  'throws in a timer': 'WorkerLostError',
  'rejects unseen': 'WorkerLostError',
  'runs out of memory': 'WorkerLostError',
  spins: 'TimeoutError',
  'never settles': 'TimeoutError',
  polls: 'TimeoutError',
};
const harmless: readonly Fate[] = ['throws', 'uncloneable', 'polls'];

/** Ends its thread. */
export const isDeadly = (fate: Fate): boolean => failures[fate] !== undefined && !harmless.includes(fate);

export interface Odds {
  /** One item in so many comes to harm. */
  readonly harm: number;
  /** Only fates that end in a number, if they end well. */
  readonly numbers: boolean;
  /** The pool's threads have a heap that can be filled. */
  readonly smallHeap: boolean;
}

export function plan(random: Random, count: number, { harm, numbers, smallHeap }: Odds): Item[] {
  const draw = (): Fate => {
    const fate = random.pick(random.below(harm) === 0 ? unkind : kind);
    if (fate === 'runs out of memory' && !smallHeap) return 'exits';
    if (!numbers || fate === 'async') return fate;
    if (ofObjects.includes(fate)) return 'exits';
    return failures[fate] === undefined ? 'number' : fate;
  };
  return Array.from({ length: count }, (_, index) => ({ index, fate: draw() }));
}

export interface Circumstances {
  /** Threads may have been ended by somebody else than their items. */
  readonly strangers: boolean;
  readonly retries: number;
  /** The pool may have refused the call, for being full, or have been ended under it. */
  readonly refusals?: boolean;
  /** The fruit, where it is not the item's own. */
  readonly fruit?: unknown;
}

const refused: readonly unknown[] = ['ERR_GRANULE_POOL_CLOSED', 'ERR_GRANULE_QUEUE_FULL'];

/** May the item have ended so? `undefined`: it may; else what is wrong. */
export function judge(
  item: Item,
  runs: number,
  outcome: PromiseSettledResult<unknown>,
  { strangers, retries, refusals = false, fruit = fruitOf(item) }: Circumstances,
): string | undefined {
  const failure = item.fate === 'exits once' && retries > 0 ? undefined : failures[item.fate];
  if (outcome.status === 'fulfilled') {
    if (runs === 0) return 'has a result without having been run';
    if (failure === undefined && isDeepStrictEqual(outcome.value, fruit)) return undefined;
    return `gave ${JSON.stringify(outcome.value)}`;
  }
  const error = outcome.reason as Error & { code?: string };
  if (refusals && refused.includes(error.code)) return undefined;
  // Somebody else may have ended its thread.
  if (strangers && error.code === 'ERR_GRANULE_WORKER_LOST') return undefined;
  // The end of a thread takes its time; the item's may be up before.
  if ((strangers || isDeadly(item.fate)) && error.code === 'ERR_GRANULE_TIMEOUT') return undefined;
  return failure === error.name ? undefined : `failed: ${error.name}: ${error.message}`;
}
