/** pool.trace(): what a viewer of the Trace Event Format gets to see. */
import { describe, expect, test } from '@jest/globals';
import { threadId } from 'node:worker_threads';
import { Pool } from 'granule';
import type { TraceEvent, TraceFile } from 'granule';
import { holdThread, openPool } from '../support/pools.js';
import { callsOf, checkedTrace, nanoseconds } from '../support/trace.js';

const square = (x: number): number => x * x;
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

function named({ traceEvents }: TraceFile, name: string): TraceEvent[] {
  return traceEvents.filter((event) => event.name === name);
}

describe.each(['threads', 'inline', 'adaptive'] as const)('a trace of a pool under %s', (execution) => {
  test('has every call, every item of it once, and how long it waited', async () => {
    const pool = openPool({ threads: 2, name: 'traced', execution });
    await pool.ready();
    const trace = pool.trace();
    await Promise.all([
      pool.map(square, upTo(100), { chunksize: 8 }),
      pool.apply(square, [1]),
      pool.map(square, upTo(300)),
      pool.parallelFor(() => undefined, 50, { chunksize: 9 }),
    ]);
    for await (const value of pool.imap(square, upTo(30))) void value;
    const file = checkedTrace(trace.stop());
    expect(file.displayTimeUnit).toBe('ms');
    expect(file.otherData).toMatchObject({ pool: 'traced', dropped: 0 });
    const calls = callsOf(file);
    const names = ['map(square)', 'apply(square)', 'map(square)', 'parallelFor()', 'imap(square)'];
    expect(calls.map(({ name }) => name)).toEqual(names);
    expect(calls.map(({ items }) => items)).toEqual([100, 1, 300, 50, 30].map(upTo));
    for (const { start, end, waited, chunks } of calls) {
      expect(waited ?? 0).toBe(Math.max(0, Math.min(...chunks.map(({ ts }) => nanoseconds(ts))) - start));
      for (const { ts, dur } of chunks) {
        expect(nanoseconds(ts)).toBeGreaterThanOrEqual(start);
        expect(nanoseconds(ts) + nanoseconds(dur!)).toBeLessThanOrEqual(end);
      }
    }
    const counters = named(file, 'calls');
    expect(counters[counters.length - 1].args).toEqual({ waiting: 0, running: 0 });
  });
});

describe('a trace', () => {
  test('names its process, the threads that ran something, and their order', async () => {
    const pool = openPool({ threads: 2, name: 'named' });
    const trace = pool.trace();
    const ids = await pool.broadcast(async () => (await import('node:worker_threads')).threadId);
    const file = checkedTrace(trace.stop());
    expect(named(file, 'process_name').map(({ pid, args }) => [pid, args])).toEqual([
      [process.pid, { name: 'pool named' }],
    ]);
    const threads = named(file, 'thread_name').map(({ tid, args }) => [tid, args['name']]);
    const caller = [threadId === 0 ? 1_000_000 : threadId, 'caller'];
    const others = ids.map((id, seat) => [id, `seat ${seat}, thread ${id}`]);
    expect(threads[0]).toEqual(caller);
    expect(threads.slice(1).sort()).toEqual(others.sort());
    expect(named(file, 'thread_sort_index').map(({ args }) => args['sort_index']).sort()).toEqual([0, 1, 2]);
  });

  test('survives the threads that it shows', async () => {
    const pool = openPool({ threads: 2, name: 'mortal' });
    await pool.ready();
    const trace = pool.trace();
    const exitAt = (x: number): number => (x % 25 === 24 ? process.exit(3) : x);
    await pool.mapSettled(exitAt, upTo(100), { chunksize: 10 });
    await pool.map(square, upTo(40));
    const file = checkedTrace(trace.stop());
    const [broken, whole] = callsOf(file);
    expect(broken.items).toEqual(upTo(100));
    expect(whole.items).toEqual(upTo(40));
    expect(broken.chunks.filter(({ args }) => args['lost'] === true)).toHaveLength(4);
    const losses = named(file, 'thread lost');
    expect(losses.map(({ args }) => args['exitCode'])).toEqual([3, 3, 3, 3]);
    expect(named(file, 'thread starts').length).toBeGreaterThanOrEqual(2);
  });

  test('tells what failed, and ends what is not done yet where it stops', async () => {
    const pool = openPool({ threads: 1, name: 'unfinished' });
    const trace = pool.trace();
    const fail = (): never => {
      throw new Error('no');
    };
    await pool.apply(fail).catch(() => undefined);
    const { gate, running } = await holdThread(pool);
    const waiting = pool.apply(square, [2]);
    const [failed, ...others] = callsOf(checkedTrace(trace.stop()));
    expect(failed.args).toMatchObject({ failed: true });
    expect(others.map(({ args }) => args['unfinished'])).toEqual([true, true]);
    gate.open();
    await Promise.all([running, waiting]);
  });

  test('holds as much as its limit, and counts the rest', async () => {
    const pool = openPool({ threads: 1, name: 'full' });
    await pool.ready();
    const trace = pool.trace({ limit: 10 });
    await pool.map(square, upTo(30), { chunksize: 1 });
    expect(trace.dropped).toBe(21);
    const file = checkedTrace(trace.stop());
    expect(file.otherData.dropped).toBe(21);
    expect(callsOf(file).map(({ items }) => items)).toEqual([upTo(9)]);
  });

  test('is one of several, each with what happened while it recorded', async () => {
    const pool = openPool({ threads: 1, name: 'several' });
    const first = pool.trace();
    await pool.apply(square, [1]);
    const second = pool.trace();
    await pool.map(square, [1, 2]);
    const firstFile = first.stop();
    await pool.apply(square, [3]);
    const names = [firstFile, second.stop()].map((file) => callsOf(checkedTrace(file)).map(({ name }) => name));
    expect(names).toEqual([
      ['apply(square)', 'map(square)'],
      ['map(square)', 'apply(square)'],
    ]);
    expect(first.stop()).toBe(firstFile);
  });

  test('tells apart pools of one name', async () => {
    const [one, other] = [openPool({ threads: 1, name: 'twin' }), openPool({ threads: 1, name: 'twin' })];
    using trace = one.trace();
    await Promise.all([one.apply(square, [1]), other.map(square, [1, 2])]);
    expect(callsOf(trace.stop()).map(({ name }) => name)).toEqual(['apply(square)']);
  });

  test('can be stopped when the pool has ended', async () => {
    const pool = new Pool({ threads: 1, name: 'ended' });
    const trace = pool.trace();
    await pool.map(square, upTo(5));
    pool.close();
    await pool.join();
    expect(callsOf(checkedTrace(trace.stop())).map(({ items }) => items)).toEqual([upTo(5)]);
  });

  test('has its options checked', () => {
    const pool = openPool({ threads: 1 });
    expect(() => pool.trace({ limit: 0 })).toThrow(
      new RangeError('Expected `limit` to be an integer from 1 up, or Infinity, got 0 (number)'),
    );
    expect(() => pool.trace({ limit: '5' as never })).toThrow(TypeError);
    expect(() => pool.trace(5 as never)).toThrow(TypeError);
  });
});
