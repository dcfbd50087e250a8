import { describe, expect, test } from '@jest/globals';
import { Pool, PoolClosedError, taskModule } from 'granule';
import { calls } from '../support/calls.js';
import { Gate, sharedWords } from '../support/gate.js';
import { HeldGrace } from '../support/grace.js';
import { holdThread, openPool } from '../support/pools.js';
import { program } from '../support/program.js';
import { threads } from '../support/threads.js';

const { square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { pass, passAsync } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);
const { stay } = taskModule<typeof import('../fixtures/pool/aborting.js')>(
  new URL('../fixtures/pool/aborting.js', import.meta.url),
);
const { here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);

/** Every method that starts something, as a promise. */
const starts: Readonly<Record<string, (pool: Pool) => Promise<unknown>>> = {
  ...Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [name, async (pool: Pool) => call.start(pool, square, [])]),
  ),
  starmapAsync: async (pool) => pool.starmapAsync(square, [[1]]),
  broadcast: (pool) => pool.broadcast(square, [1]),
  ready: (pool) => pool.ready(),
};

describe('close()', () => {
  test('lets calls go on: those that run, those that wait, async ones', async () => {
    const pool = openPool(2);
    const gate = new Gate();
    const running = [pool.apply(pass, ['a', gate.words]), pool.apply(passAsync, ['b', gate.words])];
    await gate.arrived(2);
    const waiting = [pool.map(square, [1, 2, 3]), pool.apply(square, [4])];
    pool.close();
    const joined = pool.join();
    gate.open();
    expect(await Promise.all([...running, ...waiting])).toEqual(['a', 'b', [1, 4, 9], 16]);
    await joined;
    expect(threads()).toBe(0);
  });

  test('while two tasks of different length run lets both end', async () => {
    const pool = openPool(2);
    const gates = [new Gate(), new Gate()];
    const tasks = gates.map((gate, i) => pool.apply(pass, [i, gate.words]));
    await Promise.all(gates.map((gate) => gate.arrived()));
    pool.close();
    const joined = pool.join();
    gates[0].open();
    expect(await tasks[0]).toBe(0);
    gates[1].open();
    expect(await tasks[1]).toBe(1);
    await joined;
  });

  test('keeps a map of an async source that has not ended yet', async () => {
    const pool = openPool(1);
    let give = (): void => undefined;
    const wait = new Promise<void>((resolve) => (give = resolve));
    async function* slow(): AsyncGenerator<number> {
      yield 1;
      await wait;
      yield 2;
    }
    const map = pool.map(square, slow());
    pool.close();
    const joined = pool.join();
    give();
    expect(await map).toEqual([1, 4]);
    await joined;
  });

  test('may be called again, and before anything was run', async () => {
    const pool = openPool(2);
    pool.close();
    pool.close();
    await Promise.all([pool.join(), pool.join()]);
    await pool.join();
    expect(threads()).toBe(0);
  });

  test.each(Object.entries(starts))('refuses what comes after it: %s', async (_, start) => {
    const pool = openPool(1);
    pool.close();
    await expect(start(pool)).rejects.toBeInstanceOf(PoolClosedError);
    await expect(start(pool)).rejects.toMatchObject({ code: 'ERR_GRANULE_POOL_CLOSED' });
    await pool.join();
    await expect(start(pool)).rejects.toBeInstanceOf(PoolClosedError);
  });
});

describe('join()', () => {
  test('of an open pool rejects, and says what to do', async () => {
    const pool = openPool(1);
    await expect(pool.join()).rejects.toThrow(/call close\(\) or terminate\(\) first/);
    expect(await pool.apply(square, [2])).toBe(4);
  });

  test('resolves when the last thread has ended, not before', async () => {
    const pool = openPool(2);
    const { gate, running } = await holdThread(pool);
    pool.close();
    let isOver = false;
    const joined = pool.join().then(() => (isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    gate.open();
    await Promise.all([running, joined]);
    expect(threads()).toBe(0);
  });
});

describe('terminate()', () => {
  test.each(Object.entries(calls))('rejects %s with PoolClosedError; its task sees the abort', async (_, call) => {
    using _grace = new HeldGrace();
    const pool = openPool(1);
    const [gate, seen] = [new Gate(), new Gate()];
    const running = call.start(pool, stay, [sharedWords(10), gate.words, seen.words]);
    running.catch(() => undefined);
    await gate.arrived();
    const ended = pool.terminate();
    await expect(running).rejects.toBeInstanceOf(PoolClosedError);
    await seen.arrived();
    await ended;
    expect(threads()).toBe(0);
  });

  test('rejects what waits, and a map whose source has not ended', async () => {
    const pool = openPool(1);
    const [gate, seen] = [new Gate(), new Gate()];
    async function* never(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => undefined);
    }
    const busy = pool.apply(stay, [0, sharedWords(10), gate.words, seen.words]);
    await gate.arrived();
    const all = [
      busy,
      pool.apply(square, [1]),
      pool.map(square, [1, 2]),
      pool.map(square, never()),
      pool.imap(square, never()).next(),
      pool.broadcast(square, [1]),
    ];
    const settled = Promise.allSettled(all);
    await pool.terminate();
    for (const result of await settled) {
      expect(result).toEqual({ status: 'rejected', reason: expect.any(PoolClosedError) as unknown });
    }
  });

  test('of an idle pool, of one that has just been made, and of a closed one', async () => {
    const idle = openPool(2);
    await idle.ready();
    await idle.terminate();
    const young = openPool(2);
    await young.terminate();
    const closed = openPool(2);
    closed.close();
    await closed.terminate();
    await closed.join();
    expect(threads()).toBe(0);
  });

  test('may be called again: both resolve', async () => {
    const pool = openPool(2);
    await pool.ready();
    await Promise.all([pool.terminate(), pool.terminate(), pool.join()]);
    await pool.terminate();
    expect(threads()).toBe(0);
  });

  test('refuses what comes after it', async () => {
    const pool = openPool(1);
    const ended = pool.terminate();
    for (const start of Object.values(starts)) await expect(start(pool)).rejects.toBeInstanceOf(PoolClosedError);
    await ended;
  });
});

describe('await using', () => {
  test('ends the threads with the block, after the calls it started', async () => {
    let call: Promise<unknown>;
    {
      await using pool = new Pool(2);
      await pool.ready();
      expect(threads()).toBe(2);
      call = pool.map(square, [1, 2, 3]);
    }
    expect(threads()).toBe(0);
    expect(await call).toEqual([1, 4, 9]);
  });

  test('also when the block throws', async () => {
    let kept: Pool | undefined;
    const block = async (): Promise<never> => {
      await using pool = new Pool(1);
      kept = pool;
      throw new Error('in the block');
    };
    await expect(block()).rejects.toThrow('in the block');
    expect(threads()).toBe(0);
    await expect(kept!.apply(square, [1])).rejects.toBeInstanceOf(PoolClosedError);
  });
});

describe('many pools', () => {
  test('one after the other leave no thread behind', async () => {
    for (let i = 0; i < 5; i++) {
      const pool = new Pool(1);
      expect(await pool.apply(square, [i])).toBe(i * i);
      pool.close();
      await pool.join();
    }
    expect(threads()).toBe(0);
  });

  test('beside each other keep to themselves', async () => {
    const [left, right] = [openPool(1), openPool(1)];
    const [a, b] = await Promise.all([left.apply(here), right.apply(here)]);
    expect(a).not.toBe(b);
    await left.terminate();
    expect(await right.apply(square, [3])).toBe(9);
  });
});

describe('a program', () => {
  test.each(['none', 'ready', 'map', 'imap', 'failure', 'abort', 'lost', 'timeout'])(
    'whose pool is open and idle ends by itself: %s',
    async (kind) => {
      expect(await program('idle', kind)).toEqual({ code: 0, stdout: 'idle\n', stderr: '' });
    },
  );

  test('with calls under way goes on until they are done', async () => {
    const { code, stdout, stderr } = await program('pending');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n').sort()).toEqual(['apply', 'callback', 'imap', 'map']);
  });

  test('that waits for join() alone gets there', async () => {
    const { code, stdout } = await program('pending', 'closed');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').at(-1)).toBe('joined');
    expect(stdout.trim().split('\n').sort()).toEqual(['apply', 'callback', 'imap', 'joined', 'map']);
  });

  const endings = ['close', 'join', 'terminate', 'terminate at once', 'await using'];
  test.each(endings)('that ends its pool ends: %s', async (how) => {
    expect(await program('ending', how)).toEqual({ code: 0, stdout: 'end\n', stderr: '' });
  });

  test('that throws, or exits, with its pool open ends with its own code', async () => {
    const thrown = await program('ending', 'throw');
    expect(thrown.code).toBe(1);
    expect(thrown.stderr).toContain('the program failed');
    expect(await program('ending', 'exit')).toEqual({ code: 7, stdout: '', stderr: '' });
  });

  test.each(['close', 'terminate', 'leave it open'])('gets all that its tasks print: %s', async (how) => {
    const { code, stdout, stderr } = await program('printing', how, '2000');
    expect(code).toBe(0);
    expect(stdout).toContain('no newline');
    const lines = stdout.replace('no newline', '').trim().split('\n');
    expect(lines.filter((line) => !/^line \d+ \.{100}$/.test(line))).toEqual([]);
    expect(new Set(lines).size).toBe(2_000);
    expect(stderr.trim().split('\n')).toHaveLength(200);
  });
});
