/** What a pool publishes on diagnostics_channel, and tells under NODE_DEBUG=granule. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { taskModule } from 'granule';
import type { CallEndEvent, CallStartEvent, ThreadLostEvent, ThreadReplacedEvent, ThreadStartEvent } from 'granule';
import { Gate } from '../support/gate.js';
import { openPool } from '../support/pools.js';
import { run } from '../package/folder.js';

const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);

const listening: (() => void)[] = [];
afterEach(() => {
  for (const stop of listening.splice(0)) stop();
});

/** What is published on the channel for pools of this name, from now on. */
function told<E extends { readonly pool: string }>(name: string, pool: string): E[] {
  const events: E[] = [];
  const note = (message: unknown): void => {
    if ((message as E).pool === pool) events.push(message as E);
  };
  subscribe(name, note);
  listening.push(() => unsubscribe(name, note));
  return events;
}

function square(x: number): number {
  return x * x;
}

describe('granule:call:start and granule:call:end', () => {
  test.each(['threads', 'inline', 'adaptive'] as const)('tell of each call, by one id: %s', async (execution) => {
    const name = `calls ${execution}`;
    const starts = told<CallStartEvent>('granule:call:start', name);
    const ends = told<CallEndEvent>('granule:call:end', name);
    const pool = openPool({ threads: 2, name, execution });
    await pool.ready();
    await pool.apply(square, [3]);
    await pool.map(square, [1, 2, 3]);
    await pool.parallelFor(() => undefined, 10);
    await pool.broadcast(square, [1]);
    for await (const value of pool.imap(square, [1, 2, 3])) void value;
    const methods = ['apply', 'map', 'parallelFor', 'broadcast', 'imap'];
    expect(starts.map(({ method }) => method)).toEqual(methods);
    expect(ends.map(({ method }) => method)).toEqual(methods);
    expect(ends.map(({ id }) => id)).toEqual(starts.map(({ id }) => id));
    expect(new Set(starts.map(({ id }) => id)).size).toBe(5);
    expect(starts[0]).toEqual({ id: expect.any(Number) as unknown, pool: name, method: 'apply', task: 'square' });
    for (const { failed, error, duration } of ends) {
      expect({ failed, error }).toEqual({ failed: false, error: undefined });
      expect(duration).toBeGreaterThanOrEqual(0);
    }
  });

  test('tell how a call failed', async () => {
    const ends = told<CallEndEvent>('granule:call:end', 'failing');
    const pool = openPool({ threads: 1, name: 'failing' });
    const fail = (): never => {
      throw new RangeError('out');
    };
    const error: unknown = await pool.apply(fail).catch((reason: unknown) => reason);
    const controller = new AbortController();
    const gate = new Gate();
    const aborted = pool.apply(pass, [1, gate.words], { signal: controller.signal });
    await gate.arrived();
    controller.abort('enough');
    await expect(aborted).rejects.toBe('enough');
    gate.open();
    await expect(pool.apply(square, [() => 0] as never)).rejects.toMatchObject({ name: 'SerializationError' });
    expect(ends).toHaveLength(3);
    expect(ends[0].error).toBe(error);
    expect(ends[1]).toMatchObject({ failed: true, error: 'enough' });
    expect(ends[2]).toMatchObject({ failed: true, error: { name: 'SerializationError' } });
  });

  test('end an imap that is left early, or whose source fails', async () => {
    const ends = told<CallEndEvent>('granule:call:end', 'left');
    const pool = openPool({ threads: 1, name: 'left' });
    for await (const value of pool.imap(square, [1, 2, 3])) if (value === 1) break;
    const failing = function* (): Generator<number> {
      yield 1;
      throw new Error('dry');
    };
    const all = async (): Promise<void> => {
      for await (const value of pool.imap(square, failing())) void value;
    };
    await expect(all()).rejects.toThrow('dry');
    expect(ends.map(({ failed }) => failed)).toEqual([false, true]);
    expect(ends[1].error).toMatchObject({ message: 'dry' });
  });

  test('say nothing of a call that was refused, nor of one made before anybody listened', async () => {
    const pool = openPool({ threads: 1, name: 'quiet' });
    const early = pool.apply(square, [1]);
    const starts = told<CallStartEvent>('granule:call:start', 'quiet');
    const ends = told<CallEndEvent>('granule:call:end', 'quiet');
    await early;
    pool.close();
    await expect(pool.apply(square, [1])).rejects.toMatchObject({ code: 'ERR_GRANULE_POOL_CLOSED' });
    expect([starts, ends]).toEqual([[], []]);
  });
});

describe('granule:thread:…', () => {
  test('start, lost and replaced tell of every thread, by its seat', async () => {
    const starts = told<ThreadStartEvent>('granule:thread:start', 'mortal');
    const losses = told<ThreadLostEvent>('granule:thread:lost', 'mortal');
    const replacements = told<ThreadReplacedEvent>('granule:thread:replaced', 'mortal');
    const pool = openPool({ threads: 2, name: 'mortal' });
    await pool.ready();
    expect(starts.map(({ seat }) => seat).sort()).toEqual([0, 1]);
    expect(replacements).toEqual([]);
    const lost: unknown = await pool.apply(() => process.exit(7)).catch((error: unknown) => error);
    await pool.ready();
    const { threadId } = lost as { threadId: number };
    const { seat } = starts.find((event) => event.threadId === threadId)!;
    expect(losses).toEqual([{ pool: 'mortal', threadId, seat, exitCode: 7, error: undefined }]);
    const { threadId: next } = starts[2];
    expect(replacements).toEqual([{ pool: 'mortal', threadId: next, seat, previous: threadId }]);
  });

  test('a thread that has done its maxTasksPerThread is replaced, not lost', async () => {
    const losses = told<ThreadLostEvent>('granule:thread:lost', 'retiring');
    const replacements = told<ThreadReplacedEvent>('granule:thread:replaced', 'retiring');
    const pool = openPool({ threads: 1, name: 'retiring', maxTasksPerThread: 1 });
    await pool.apply(square, [1]);
    await pool.apply(square, [2]);
    expect(replacements.length).toBeGreaterThanOrEqual(1);
    await pool.terminate();
    expect(losses).toEqual([]);
  });

  test('an uncaught error is told with the thread that it ended', async () => {
    const losses = told<ThreadLostEvent>('granule:thread:lost', 'uncaught');
    const pool = openPool({ threads: 1, name: 'uncaught' });
    const fail = (): Promise<void> =>
      new Promise(() => {
        setTimeout(() => {
          throw new TypeError('in a timer');
        });
      });
    await pool.apply(fail).catch(() => undefined);
    expect(losses).toMatchObject([{ exitCode: 1, error: { name: 'TypeError', message: 'in a timer' } }]);
  });
});

describe('NODE_DEBUG=granule', () => {
  test('tells what the scheduler does on stderr, a line each; without it nothing', async () => {
    const code = `
      import { Pool } from ${JSON.stringify(import.meta.resolve('granule'))};
      const pool = new Pool({ threads: 1, name: 'images' });
      await pool.map(function square(x) { return x * x; }, [1, 2, 3]);
      await pool.terminate();`;
    const args = ['--input-type=module', '--eval', code];
    expect(await run(process.execPath, args, '.')).toEqual({ code: 0, stdout: '', stderr: '' });
    const { stderr } = await run('env', ['NODE_DEBUG=granule', process.execPath, ...args], '.');
    expect(stderr).toMatch(/^GRANULE \d+: images: thread \d+ takes seat 0, after nobody$/m);
    expect(stderr).toMatch(/^GRANULE \d+: images: items 0 to 3 of map\(square\) on board 0, 1 invited; /m);
    expect(stderr).toMatch(/ 1 invited; auto from 1, cost unknown$/m);
    expect(stderr).toMatch(/^GRANULE \d+: images: seat 0 is woken$/m);
    expect(stderr).toMatch(/^GRANULE \d+: images: map\(square\) is done after 3 of 3 items$/m);
    expect(stderr).toMatch(/^GRANULE \d+: images: thread \d+ of seat 0 ended with code \d+, as it should$/m);
  });

  test('tells what was learned, where a call runs, which threads are lost and which take their seats', async () => {
    const code = `
      import { Pool } from ${JSON.stringify(import.meta.resolve('granule'))};
      const pool = new Pool({ threads: 2, name: 'images', execution: 'adaptive' });
      function square(x) { return x * x; }
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      for (let k = 0; k < 200; k++) { await pool.map(square, [1, 2, 3]); await turn(); }
      await pool.map(function slow(x) { for (const end = performance.now() + 1; performance.now() < end; ); },
        Array(40).fill(0));
      await pool.map(async function later(x) { return x; }, [1, 2], { schedule: 'dynamic', chunksize: 2 });
      await pool.map(async function later(x) { return x; }, [1, 2], { schedule: 'dynamic', chunksize: 2 });
      await pool.apply(function leave() { process.exit(3); }).catch(() => undefined);
      await pool.ready();
      await pool.terminate();`;
    const args = ['--input-type=module', '--eval', code];
    const { stderr } = await run('env', ['NODE_DEBUG=granule', process.execPath, ...args], '.');
    for (const line of stderr.trim().split('\n')) expect(line).toMatch(/^GRANULE \d+: images: /);
    expect(stderr).toMatch(/: items 0 to 3 of map\(square\) on board \d+, 1 invited; auto from \d+, \d+ ns an item$/m);
    expect(stderr).toMatch(/: map\(square\) is (tried|run) on the caller, \d+ ns an item foreseen$/m);
    expect(stderr).toMatch(/: map\(slow\) is dearer than foreseen: 1 more invited$|: items 0 to 40 .*, 2 invited;/m);
    expect(stderr).toMatch(/: items 0 to 2 of map\(later\) on board \d+, 1 invited; dynamic by 2, async$/m);
    expect(stderr).toMatch(/: apply\(leave\) failed after \d of 1 items$/m);
    const lost = /: thread (\d+) of seat (\d) ended with code 3, lost$/m.exec(stderr);
    expect(stderr).toMatch(new RegExp(`: thread \\d+ takes seat ${lost?.[2]}, after ${lost?.[1]}$`, 'm'));
  });
});
