import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import { Pool, taskModule } from 'granule';
import { fruitOf, type Fate, type Item } from '../../fixtures/faults/misfortunes.js';
import { threadsOf, upTo } from '../../fixtures/faults/survivors.js';
import { ThreadWatch } from '../../fixtures/faults/watch-threads.js';
import { sharedWords } from '../../support/gate.js';

const { live, liveAs } = taskModule<typeof import('../../fixtures/faults/misfortunes.js')>(
  new URL('../../fixtures/faults/misfortunes.js', import.meta.url),
);

/** GRANULE_CHAOS=seed[,rounds] goes another way, or on for longer. Threads keep no time: no two runs are the same. */
const [seed = 1, rounds = 2] = (process.env['GRANULE_CHAOS'] ?? '20261120').split(',').map(Number);

/** Marsaglia's xorshift32: the same fates for the same seed. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 1;
  }
  /** 0 ≤ an integer < n */
  below(n: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % n;
  }
  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)];
  }
}

/** Ample for an item that comes to no harm, on a machine that is busy with other things. */
const itemTimeout = 800;
const kind: readonly Fate[] = ['number', 'number', 'object', 'text', 'memory', 'async'];
const unkind: readonly Fate[] = [
  ...(['throws', 'uncloneable', 'exits', 'exits later', 'throws in a callback', 'rejects unseen'] as const),
  ...(['throws', 'uncloneable', 'exits', 'exits later', 'throws in a callback', 'rejects unseen'] as const),
  // These take a second each.
  ...(['spins', 'never settles', 'polls'] as const),
];
const isDeadly = (fate: Fate): boolean =>
  ['exits', 'exits later', 'throws in a callback', 'rejects unseen', 'spins', 'never settles'].includes(fate);

/** May the item have ended so? `undefined`: it may; else what is wrong. */
function judge({ index, fate }: Item, outcome: PromiseSettledResult<unknown>, ended: boolean): string | undefined {
  if (outcome.status === 'fulfilled') {
    if (kind.includes(fate) && isDeepStrictEqual(outcome.value, fruitOf({ index, fate }))) return undefined;
    return `gave ${JSON.stringify(outcome.value)}`;
  }
  const error = outcome.reason as Error & { code?: string };
  // Somebody else may have ended its thread.
  if (ended && error.code === 'ERR_GRANULE_WORKER_LOST') return undefined;
  // The end of a thread takes its time; the item's may be up before.
  if ((ended || isDeadly(fate)) && error.code === 'ERR_GRANULE_TIMEOUT') return undefined;
  const expected: Partial<Record<Fate, string>> = {
    throws: 'RangeError',
    uncloneable: 'SerializationError',
    exits: 'WorkerLostError',
    'exits later': 'WorkerLostError',
    'throws in a callback': 'WorkerLostError',
    'rejects unseen': 'WorkerLostError',
    spins: 'TimeoutError',
    'never settles': 'TimeoutError',
    polls: 'TimeoutError',
  };
  return expected[fate] === error.name ? undefined : `failed: ${error.name}: ${error.message}`;
}

/** A plan: items, of which about one in `odds` comes to harm. */
function plan(dice: Dice, count: number, odds: number): Item[] {
  return upTo(count).map((index) => ({ index, fate: dice.one(dice.below(odds) === 0 ? unkind : kind) }));
}

interface Call {
  readonly name: string;
  readonly items: readonly Item[];
  readonly runs: Int32Array;
  /** By item; `undefined` for a call that was rejected as a whole. */
  outcomes: readonly (PromiseSettledResult<unknown> | undefined)[] | undefined;
  readonly aborted: boolean;
  readonly failsFast: boolean;
  readonly retries: number;
  settled: Promise<unknown>;
}

/** Starts one call of a random kind. */
function start(pool: Pool, dice: Dice, busy: Int32Array): Call {
  const name = dice.one(['mapSettled', 'mapSettled', 'map', 'imap', 'imapUnordered', 'apply', 'apply', 'starmap']);
  const failsFast = name === 'map' || name === 'starmap';
  const items = plan(dice, name === 'apply' ? 1 : 1 + dice.below(60), failsFast ? 60 : 12);
  const runs = sharedWords(items.length);
  const controller = new AbortController();
  const aborted = dice.below(5) === 0;
  const retries = dice.below(3) === 0 ? 1 : 0;
  const schedule = dice.one(['static', 'dynamic', 'guided', 'auto'] as const);
  const chunksize = schedule === 'auto' ? ('auto' as const) : 1 + dice.below(10);
  const options = { itemTimeout, schedule, chunksize, retries, signal: controller.signal, args: [runs, busy] };
  const settled = Promise.resolve();
  const call: Call = { name, items, runs, outcomes: undefined, aborted, failsFast, retries, settled };

  const note = async (): Promise<void> => {
    const fulfilled = (values: readonly unknown[]) => values.map((value) => ({ status: 'fulfilled' as const, value }));
    if (name === 'mapSettled') call.outcomes = await pool.mapSettled(live, items, options);
    else if (name === 'map') call.outcomes = fulfilled(await pool.map(live, items, options));
    else if (name === 'starmap') {
      type Tuple = [number, Fate, Int32Array, Int32Array];
      const tuples = items.map(({ index, fate }): Tuple => [index, fate, runs, busy]);
      call.outcomes = fulfilled(await pool.starmap(liveAs, tuples, { ...options, args: [] }));
    } else if (name === 'apply') {
      const { index, fate } = items[0];
      const { signal } = controller;
      const task = pool.apply(liveAs, [index, fate, runs, busy], { itemTimeout, signal });
      const [outcome] = await Promise.allSettled([task]);
      if (!(outcome.status === 'rejected' && outcome.reason === 'aborted')) call.outcomes = [outcome];
    } else {
      const results = name === 'imap' ? pool.imap(live, items, options) : pool.imapUnordered(live, items, options);
      const outcomes: PromiseSettledResult<unknown>[] = [];
      for (;;) {
        const [next] = await Promise.allSettled([results.next()]);
        if (next.status === 'rejected') {
          if (next.reason === 'aborted') break;
          outcomes.push(next);
        } else if (next.value.done === true) break;
        else outcomes.push({ status: 'fulfilled', value: next.value.value });
      }
      // A call that cannot go on says so in the last pull; what it has not given is under that verdict.
      const last = outcomes.at(-1);
      const isCut = last?.status === 'rejected' && !aborted;
      if (isCut) while (outcomes.length < items.length) outcomes.push(last);
      if (outcomes.length === items.length) call.outcomes = outcomes;
    }
  };
  call.settled = note().catch((error: unknown) => {
    call.outcomes = error === 'aborted' ? undefined : items.map(() => ({ status: 'rejected', reason: error }));
  });
  if (aborted) setTimeout(() => { controller.abort('aborted'); }, dice.below(40));
  return call;
}

/** All that is wrong with a call that has settled. */
function faults(call: Call, ended: boolean): string[] {
  const wrong: string[] = [];
  const { name, items, runs, outcomes, aborted, failsFast, retries } = call;
  const say = (item: Item, what: string): void => {
    wrong.push(`${name} of ${items.length}, item ${item.index} (${item.fate}, ${runs[item.index]} runs): ${what}`);
  };
  for (const item of items) {
    // A thread that was ended by somebody else while it ran an item makes a retry possible for any.
    const most = name !== 'apply' && (isDeadly(item.fate) || ended) ? 1 + retries : 1;
    if (runs[item.index] > most) say(item, 'was run too often');
    // A stranger may have ended its thread before it could begin: as it loaded the task.
    if (outcomes !== undefined && !failsFast && !ended && runs[item.index] === 0) say(item, 'was never run');
  }
  if (outcomes === undefined) {
    if (!aborted) wrong.push(`${name} of ${items.length} came to nothing`);
    return wrong;
  }
  if (name === 'imapUnordered') {
    // Results name their item, errors may fit several: those that fit most come last.
    const rank = (outcome: PromiseSettledResult<unknown> | undefined): number => {
      if (outcome?.status !== 'rejected') return 0;
      return (outcome.reason as { code?: string }).code === 'ERR_GRANULE_WORKER_LOST' ? 2 : 1;
    };
    const left = new Set(items);
    for (const outcome of [...outcomes].sort((a, b) => rank(a) - rank(b))) {
      // An error says which item it is of; results name theirs.
      const { task } = (outcome?.status === 'rejected' ? outcome.reason : {}) as { task?: { index?: number } };
      const candidates = [...left].filter((item) => task?.index === undefined || task.index === item.index);
      const match = candidates.find((item) => judge(item, outcome!, ended) === undefined);
      if (match === undefined) {
        wrong.push(`${name}: no item can have given ${JSON.stringify(outcome)} ${JSON.stringify(task)}`);
      }
      else left.delete(match);
    }
    return wrong;
  }
  if (failsFast && outcomes.every((outcome) => outcome!.status === 'rejected')) {
    // One error for all: some item must have had cause for it.
    const verdicts = items.map((item) => judge(item, outcomes[0]!, ended));
    if (!verdicts.includes(undefined)) say(items[0], verdicts[0]!);
    return wrong;
  }
  for (const item of items) {
    const verdict = judge(item, outcomes[item.index]!, ended);
    if (verdict !== undefined) say(item, verdict);
  }
  return wrong;
}

describe(`chaos, GRANULE_CHAOS=${seed}`, () => {
  let watch: ThreadWatch;
  beforeAll(() => {
    watch = new ThreadWatch();
  });
  afterAll(() => {
    watch[Symbol.dispose]();
  });

  test.each([
    ['by their own doing', { threads: 3 }, false],
    ['by their own doing and by a stranger who ends them', { threads: 3 }, true],
    ['in a pool of one', { threads: 1 }, true],
    ['and are replaced after a few tasks', { threads: 2, maxTasksPerThread: 30 }, false],
  ])('threads end %s: all calls settle, every item is right or reported', async (_, options, strange) => {
    const dice = new Dice(seed);
    const pool = new Pool(options);
    const wrong: string[] = [];
    const busy = sharedWords(4096);
    await pool.ready();
    for (let round = 0; round < rounds && wrong.length === 0; round++) {
      const calls = upTo(4 + dice.below(8)).map(() => start(pool, dice, busy));
      const stranger = setInterval(() => {
        // None that is still starting: so many of those in a row are a pool that cannot start at all.
        const grown = [...watch.alive].filter(({ threadId }) => threadId > 0 && busy[threadId % busy.length] > 0);
        if (strange && grown.length > 0) void dice.one(grown).terminate();
      }, 50);
      await Promise.all(calls.map(({ settled }) => settled));
      clearInterval(stranger);
      for (const call of calls) wrong.push(...faults(call, strange));
    }
    if (wrong.length > 0) await pool.terminate();
    expect(wrong).toEqual([]);
    expect((await threadsOf(pool)).size).toBe(options.threads);
    expect(await pool.map((x: number) => x * x, upTo(1000))).toEqual(upTo(1000).map((x) => x * x));
    pool.close();
    await pool.join();
    expect(watch.alive.size).toBe(0);
  });
});
