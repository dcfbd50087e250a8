/** What is fuzzed: one entry for each thing that granule lets a program call, construct or set. */
import type { Stage } from './stage.js';
import type { Place } from './recipe.js';

export interface Entry {
  /** As surface.ts names it: `taskModule`, `new Pool`, `Manager.start`, `Pool#map`, `Process#daemon =`. */
  readonly name: string;
  /** What it takes, in order. */
  readonly args: readonly Place[];
  /** Whose method it is; `turn` is a number of the input's, to choose by. */
  readonly on?: (stage: Stage, turn: number) => object;
  /** Documented errors that have no class of their own. */
  readonly says?: RegExp;
  /** How often it is chosen; default 4. Less where an input costs a thread. */
  readonly weight?: number;
  /** What came back, for who must see to it: to pull it, to end it. */
  readonly after?: (result: unknown, stage: Stage) => unknown;
}

/** Nothing in particular belongs there. */
export const any: Place = { kinds: [] };
export const place = (...kinds: string[]): Place => ({ kinds });

/** Iterables that have no end: whoever reads them to their end does not come to one either. */
export const ENDLESS = [
  'iterator without end',
  'async iterator without end',
  'async iterator that never answers',
  'iterator that gives no results',
  'async iterator that gives no results',
  'sparse array of 2^32 - 1',
  'proxy that agrees',
  'granule’s own symbols',
];

/** Right where a limit of time is asked for, and so long that the fuzz would wait for it. */
const FOR_EVER = ['undefined', 'Infinity', '2^31', '2^32', '2^53', 'as large as can be', 'a while'];
/** A time to wait for what will not come. */
export const shortTime: Place = { kinds: ['a small time', 'no time'], not: FOR_EVER };
export const time: Place = place('a small time', 'no time', 'a while', 'Infinity', 'undefined');
export const signal: Place = place(
  'a live signal',
  'signal that was aborted',
  'signal that will be aborted',
  'signal that cannot be left',
  'signal that is aborted as one listens',
  'signal that says nothing of its abort',
);
/** Of a wait for what is there. */
export const waitOptions: Place = { kinds: ['undefined'], options: { timeout: time, signal } };
/** Of a wait for what will not come. */
export const shortWait: Place = {
  kinds: ['a short wait', 'null', 'text', '7', 'revoked proxy', 'proxy that throws'],
  only: true,
  options: { signal },
  always: [['timeout', 'a small time']],
};

/** Functions that granule calls where what they throw has nowhere to go: an uncaught error, as documented. */
export const calledBack: Place = {
  kinds: ['a function of two'],
  not: [
    'function that throws',
    'async function that throws',
    'proxy of a function that throws',
    'revoked proxy of a function',
    'class',
    'promise of',
  ],
};

// What is done with what came back.

/** Takes a few values of an iterator, and leaves it. */
export async function pull(iterator: unknown): Promise<void> {
  const { next, return: leave } = iterator as AsyncIterator<unknown>;
  let failure: { readonly error: unknown } | undefined;
  for (let pulls = 0; pulls < 4; pulls++) {
    try {
      if ((await next.call(iterator)).done === true) break;
    } catch (error) {
      failure ??= { error };
    }
  }
  await leave?.call(iterator);
  if (failure !== undefined) throw failure.error;
}
export function dispose(held: unknown): void {
  (held as Disposable)[Symbol.dispose]();
}
