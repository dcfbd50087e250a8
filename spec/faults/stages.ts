/** The stages of a call at which its thread may end, after CPython's test_deadlock.py: for the specs and the soak. */
import { taskModule, type MapOptions, type Pool } from 'granule';
import { FATAL, type How } from '../fixtures/faults/stages.js';

const { numberOf, comeWhileRunning, comeAsEncoded } = taskModule<typeof import('../fixtures/faults/stages.js')>(
  new URL('../fixtures/faults/stages.js', import.meta.url),
);
const { numberOfLoaded } = taskModule<typeof import('../fixtures/faults/stage-module.js')>(
  new URL('../fixtures/faults/stage-module.js', import.meta.url),
);

export const hows: readonly How[] = ['exits', 'runs out of memory', 'is ended', 'loops', 'throws'];

export const ITEMS = 6;
export const VICTIM = 3;

export interface Stage {
  /** 'while …' */
  readonly name: string;
  /** What befalls a thread there is this item's misfortune alone, not the call's. */
  readonly ofItem: boolean;
  /** What an error thrown there becomes, if not itself. */
  readonly thrown?: string;
  /** mapSettled over ITEMS items, of which VICTIM is the one that matters; each gives its index, or { n: index }. */
  start(pool: Pool, options: MapOptions): Promise<PromiseSettledResult<unknown>[]>;
}

const items = (fatal: (n: number) => object): object[] =>
  Array.from({ length: ITEMS }, (_, n) => (n === VICTIM ? { ...fatal(n), n } : { n }));
const fatalMap = (): Map<string, number> => new Map([[FATAL, 1]]);
const shared = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

export const stages: readonly Stage[] = [
  {
    name: 'the module loads',
    ofItem: false,
    start: (pool, options) => pool.mapSettled(numberOfLoaded, items(() => ({})) as { n: number }[], options),
  },
  {
    name: "the call's arguments are decoded",
    ofItem: false,
    start: (pool, options) =>
      pool.mapSettled(numberOf, items(() => ({})) as { n: number }[], { ...options, args: [fatalMap()] }),
  },
  {
    name: "the call's arguments are decoded, which came by message",
    ofItem: false,
    start: (pool, options) =>
      pool.mapSettled(numberOf, items(() => ({})) as { n: number }[], { ...options, args: [fatalMap(), shared()] }),
  },
  {
    name: 'the items are decoded, which came by message',
    ofItem: false,
    start: (pool, options) =>
      pool.mapSettled(numberOf, items(() => ({ it: fatalMap(), words: shared() })) as { n: number }[], options),
  },
  {
    name: 'an item is decoded',
    ofItem: true,
    start: (pool, options) => pool.mapSettled(numberOf, items(() => ({ it: fatalMap() })) as { n: number }[], options),
  },
  {
    name: 'the task runs',
    ofItem: true,
    start: (pool, options) =>
      pool.mapSettled(comeWhileRunning, items(() => ({ fatal: true })) as { n: number; fatal: boolean }[], options),
  },
  {
    name: 'the result is encoded',
    ofItem: true,
    thrown: 'SerializationError',
    start: (pool, options) =>
      pool.mapSettled(comeAsEncoded, items(() => ({ fatal: true })) as { n: number; fatal: boolean }[], options),
  },
];

/** What an outcome comes to, in a word. */
export function gist(outcome: PromiseSettledResult<unknown>): unknown {
  if (outcome.status === 'rejected') return (outcome.reason as Error).name;
  const { value } = outcome;
  return typeof value === 'object' ? (value as { n: number }).n : value;
}

/** The error of what ends so. */
export function errorOf({ thrown }: Stage, how: How): string {
  if (how === 'throws') return thrown ?? 'RangeError';
  return how === 'loops' ? 'TimeoutError' : 'WorkerLostError';
}

/** What becomes of the call, item by item, with its error or without one. */
export function expected({ ofItem }: Stage, error: string | undefined): unknown[] {
  return Array.from({ length: ITEMS }, (_, n) => (error !== undefined && (!ofItem || n === VICTIM) ? error : n));
}
