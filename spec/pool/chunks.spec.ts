/** granule:chunk: which thread ran which items, and when. */
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { taskModule } from 'granule';
import type { CallEndEvent, CallStartEvent, ChunkEvent, Pool } from 'granule';
import { Segment } from '#lib/pool/arena.js';
import { ChunkReader, ChunkRecorder, recordsBytes } from '#lib/pool/chunk-records.js';
import { Gate } from '../support/gate.js';
import { everythingRunsHere } from '../support/on-caller.js';
import { openPool } from '../support/pools.js';
import { itemsOf } from '../support/trace.js';

const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);

const listening: (() => void)[] = [];
afterEach(() => {
  for (const stop of listening.splice(0)) stop();
});

function told<E extends { readonly pool: string }>(channel: string, pool: string): E[] {
  const events: E[] = [];
  const note = (message: unknown): void => {
    if ((message as E).pool === pool) events.push(message as E);
  };
  subscribe(channel, note);
  listening.push(() => unsubscribe(channel, note));
  return events;
}

const square = (x: number): number => x * x;
const later = async (x: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return x;
};
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** One of each kind of call, and how many items it has. */
const METHODS: Record<string, { items: number; call: (pool: Pool) => PromiseLike<unknown> }> = {
  apply: { items: 1, call: (pool) => pool.apply(square, [3]) },
  map: { items: 500, call: (pool) => pool.map(square, upTo(500)) },
  'map, chunksize 7': { items: 100, call: (pool) => pool.map(square, upTo(100), { chunksize: 7 }) },
  'map of a typed array': { items: 300, call: (pool) => pool.map(square, Float64Array.from(upTo(300))) },
  'map of strings': { items: 90, call: (pool) => pool.map((s: string) => `${s}!`, upTo(90).map(String)) },
  'map of what messages carry': {
    items: 9,
    call: (pool) => pool.map((blob: Blob) => blob.size, upTo(9).map(() => new Blob(['a'])), { chunksize: 2 }),
  },
  'map of an async task': { items: 12, call: (pool) => pool.map(later, upTo(12)) },
  mapSettled: { items: 50, call: (pool) => pool.mapSettled(square, upTo(50)) },
  starmap: { items: 50, call: (pool) => pool.starmap(square, upTo(50).map((x) => [x] as [number])) },
  parallelFor: { items: 1000, call: (pool) => pool.parallelFor(() => undefined, 1000, { chunksize: 30 }) },
  parallelReduce: { items: 1000, call: (pool) => pool.parallelReduce((a, b) => b - a, 1000, (a, b) => a + b) },
  imap: {
    items: 40,
    call: async (pool) => {
      for await (const value of pool.imap(square, upTo(40), { chunksize: 3 })) void value;
    },
  },
};

function coversItsItems(execution: 'threads' | 'inline' | 'adaptive', seats: readonly number[]): void {
  test.each(Object.keys(METHODS))('%s: each item in one chunk, within the call', async (method) => {
    const { items, call } = METHODS[method];
    const name = `${execution} ${method}`;
    const pool = openPool({ threads: 2, name, execution });
    await pool.ready();
    const starts = told<CallStartEvent>('granule:call:start', name);
    const ends = told<CallEndEvent>('granule:call:end', name);
    const chunks = told<ChunkEvent>('granule:chunk', name);
    for (let k = 0; k < 3; k++) {
      const began = performance.now();
      await call(pool);
      const ended = performance.now();
      expect(itemsOf(chunks)).toEqual(upTo(items));
      for (const chunk of chunks.splice(0)) {
        expect(chunk).toMatchObject({ pool: name, id: starts[k].id, lost: false, missed: 0 });
        expect(seats).toContain(chunk.seat);
        expect(chunk.start).toBeGreaterThanOrEqual(began);
        expect(chunk.start + chunk.duration).toBeLessThanOrEqual(ended);
      }
    }
    expect(ends).toHaveLength(3);
  });
}

describe('in threads', () => {
  coversItsItems('threads', [0, 1]);

  test('a broadcast has one for each thread', async () => {
    const pool = openPool({ threads: 2, name: 'wide' });
    const chunks = told<ChunkEvent>('granule:chunk', 'wide');
    await pool.broadcast(square, [2]);
    expect(chunks.map(({ seat }) => seat).sort()).toEqual([0, 1]);
    expect(new Set(chunks.map(({ threadId }) => threadId)).size).toBe(2);
    expect(chunks.every(({ first, count }) => first === 0 && count === 1)).toBe(true);
  });

  test('a failing call tells what was begun, up to the item that failed', async () => {
    const pool = openPool({ threads: 1, name: 'failing' });
    const chunks = told<ChunkEvent>('granule:chunk', 'failing');
    const failAt = (x: number): void => {
      if (x === 5) throw new Error('five');
    };
    await expect(pool.map(failAt, upTo(20))).rejects.toThrow('five');
    expect(itemsOf(chunks)).toEqual(upTo(6));
  });

  test('a chunk that gives way to a short call is told in parts', async () => {
    const pool = openPool({ threads: 1, name: 'polite' });
    const chunks = told<ChunkEvent>('granule:chunk', 'polite');
    const starts = told<CallStartEvent>('granule:call:start', 'polite');
    const spin = (item: number, gate: Int32Array): void => {
      if (item === 0) {
        Atomics.add(gate, 0, 1);
        Atomics.notify(gate, 0);
        Atomics.wait(gate, 1, 0);
      }
      for (const end = performance.now() + 1; performance.now() < end; );
    };
    const gate = new Gate();
    const long = pool.map(spin, upTo(60), { args: [gate.words], schedule: 'static' });
    await gate.arrived();
    const short = pool.apply(square, [1]);
    gate.open();
    await Promise.all([long, short]);
    const ids = chunks.map(({ id }) => id);
    const [first, second] = starts.map(({ id }) => id);
    expect(ids[0]).toBe(first);
    expect(ids.slice(ids.indexOf(second) + 1)).toContain(first);
    expect(itemsOf(chunks.filter(({ id }) => id === first))).toEqual(upTo(60));
    const inOrder = [...chunks].sort((left, right) => left.start - right.start);
    expect(chunks).toEqual(inOrder);
    inOrder.forEach(({ start }, k) => {
      if (k > 0) expect(start).toBeGreaterThanOrEqual(inOrder[k - 1].start + inOrder[k - 1].duration);
    });
  });

  test('what a call that was given up was at is told behind its end', async () => {
    const pool = openPool({ threads: 1, name: 'given up' });
    const ends = told<CallEndEvent>('granule:call:end', 'given up');
    const chunks = told<ChunkEvent>('granule:chunk', 'given up');
    const controller = new AbortController();
    const gate = new Gate();
    const call = pool.apply(pass, [1, gate.words], { signal: controller.signal });
    await gate.arrived();
    controller.abort();
    await call.catch(() => undefined);
    expect([ends.length, chunks.length]).toEqual([1, 0]);
    gate.open();
    await pool.apply(square, [1]);
    expect(chunks.map(({ id }) => id)[0]).toBe(ends[0].id);
  });

  test('a lost thread tells of the chunk that it was in, the item that ended it last', async () => {
    const pool = openPool({ threads: 2, name: 'mortal' });
    const chunks = told<ChunkEvent>('granule:chunk', 'mortal');
    const exitAt = (x: number): number => (x === 30 ? process.exit(3) : x);
    const results = await pool.mapSettled(exitAt, upTo(60), { chunksize: 20 });
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(itemsOf(chunks)).toEqual(upTo(60));
    const [lost, ...others] = chunks.filter((chunk) => chunk.lost);
    expect(others).toEqual([]);
    expect(lost.first + lost.count).toBe(31);
  });

  test('an item that is run again is told again', async () => {
    const pool = openPool({ threads: 1, name: 'again' });
    const chunks = told<ChunkEvent>('granule:chunk', 'again');
    const times = new Int32Array(new SharedArrayBuffer(4));
    const exitOnce = (x: number, seen: Int32Array): number =>
      x === 2 && Atomics.add(seen, 0, 1) === 0 ? process.exit(3) : x;
    expect(await pool.map(exitOnce, upTo(4), { args: [times], retries: 1, chunksize: 4 })).toEqual(upTo(4));
    expect(itemsOf(chunks)).toEqual([0, 1, 2, 2, 3]);
  });

  test('nothing is told of calls made before anybody listened, and nothing after', async () => {
    const pool = openPool({ threads: 1, name: 'quiet' });
    const early = pool.map(square, upTo(10));
    const chunks = told<ChunkEvent>('granule:chunk', 'quiet');
    await early;
    expect(chunks).toEqual([]);
    const during = pool.map(square, upTo(10));
    // A thread may have been through with it before the call was made.
    const before = chunks.length;
    listening.pop()!();
    await during;
    expect(chunks).toHaveLength(before);
  });

  test('the store is that of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const pool = openPool({ threads: 2, name: 'stored' });
    const seen = new Set<string | undefined>();
    const note = (message: unknown): void => {
      if ((message as ChunkEvent).pool === 'stored') seen.add(storage.getStore());
    };
    subscribe('granule:chunk', note);
    listening.push(() => unsubscribe('granule:chunk', note));
    await Promise.all(['a', 'b'].map((name) => storage.run(name, () => pool.map(square, upTo(50)))));
    expect([...seen].sort()).toEqual(['a', 'b']);
  });
});

describe('inline', () => {
  coversItsItems('inline', [-1]);
});

describe('adaptive, on the caller', () => {
  everythingRunsHere();
  coversItsItems('adaptive', [-1, 0, 1]);
});

describe('adaptive, cut short on the caller', () => {
  everythingRunsHere({ limitNs: 5000 });
  coversItsItems('adaptive', [-1, 0, 1]);
});

describe('a ring of records', () => {
  test('gives what was written, in order; what it had no room for is counted', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), count: fc.integer({ min: 1, max: 6000 }) }),
      fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 1, max: 6000 }) }),
    );
    const steps = fc.array(step, { maxLength: 8 });
    fc.assert(
      fc.property(steps, (list) => {
        const segment = new Segment(1, new SharedArrayBuffer(recordsBytes(2)), true);
        let signals = 0;
        const recorder = new ChunkRecorder(segment, 1, () => signals++);
        const reader = new ChunkReader(segment);
        let written = 0;
        let read = 0;
        let wrong = false;
        const take = (): boolean => {
          const record = reader.next(1);
          if (record === undefined) return false;
          read += record.dropped;
          const { first, until, start, end } = record;
          const off = Math.abs(start - read) + Math.abs(end - read - 0.5);
          wrong ||= first !== 10 * read || until !== first + 3 || off > 1e-5;
          read++;
          return true;
        };
        for (const { kind, count } of list) {
          for (let k = 0; k < count; k++) {
            if (kind === 'read') {
              if (!take()) break;
              continue;
            }
            recorder.begin(7, 10 * written, written);
            recorder.reached(10 * written + 3, written + 0.5);
            recorder.close();
            written++;
          }
        }
        while (take());
        // The last ones may have been dropped: then the next one would say so.
        recorder.begin(7, 10 * written, written);
        recorder.reached(10 * written + 3, written + 0.5);
        recorder.close();
        expect(take()).toBe(true);
        expect([read, wrong]).toEqual([written + 1, false]);
        expect(reader.next(0)).toBeUndefined();
        if (written >= 4096 && list.every(({ kind }) => kind === 'write')) expect(signals).toBeGreaterThan(0);
      }),
      { seed: 6, numRuns: 30 },
    );
  });

  test('goes on with a chunk where its next strip follows, and ends it where another board’s begins', () => {
    const segment = new Segment(1, new SharedArrayBuffer(recordsBytes(1)), true);
    const recorder = new ChunkRecorder(segment, 0, () => undefined);
    const reader = new ChunkReader(segment);
    recorder.begin(1, 0, 1);
    recorder.reached(4, 2);
    recorder.begin(1, 4, 3);
    recorder.reached(8, 4);
    expect(reader.next(0)).toBeUndefined();
    recorder.begin(2, 0, 5);
    expect(reader.next(0)).toMatchObject({ serial: 1, first: 0, until: 8 });
    expect(reader.takeOpen(0)).toMatchObject({ serial: 2, first: 0, start: expect.closeTo(5, 6) as unknown });
    expect(reader.takeOpen(0)).toBeUndefined();
  });
});
