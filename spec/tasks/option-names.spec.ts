import { describe, expect, test } from '@jest/globals';
import {
  Barrier,
  Condition,
  JoinableQueue,
  Lock,
  Pipe,
  Process,
  Queue,
  ShareableList,
  SharedArray,
  SharedMemory,
  Value,
} from 'granule';
import { openPool } from '../support/pools.js';

const wrong = (options: object): never => options as never;

describe('an option that is spelled wrong', () => {
  test.each<[string, () => unknown, string, string]>([
    ['a pipe', () => Pipe(wrong({ dupex: false })), 'dupex', 'duplex'],
    ['a barrier', () => new Barrier(2, wrong({ timeOut: 5 })), 'timeOut', 'timeout'],
    ['a process', () => new Process(wrong({ target: () => 1, deamon: true })), 'deamon', 'daemon'],
    ['a Value', () => new Value('i', 0, wrong({ Lock: false })), 'Lock', 'lock'],
    ['a SharedArray', () => new SharedArray('i', 2, wrong({ LOCK: false })), 'LOCK', 'lock'],
    ['shared memory', () => new SharedMemory(wrong({ name: 'frame', craete: true, size: 8 })), 'craete', 'create'],
    ['a list', () => new ShareableList([1], wrong({ Name: 'status' })), 'Name', 'name'],
  ])('of %s is a TypeError that knows what was meant', (_, make, given, meant) => {
    expect(make).toThrow(new TypeError(`There is no option \`${given}\`: did you mean \`${meant}\`?`));
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a lock', () => new Lock().acquireAsync(wrong({ timout: 500 }))],
    ['a condition', () => new Condition().waitForAsync(() => false, wrong({ time_out: 500 }))],
    ['a queue', () => new Queue().getAsync(wrong({ tiemout: 500 }))],
    ['a put', () => new Queue().putAsync(1, wrong({ signl: AbortSignal.abort() }))],
    ['a join', () => new JoinableQueue().joinAsync(wrong({ timeouts: 500 }))],
    ['a pipe', () => Pipe()[0].recvAsync(wrong({ Timeout: 500 }))],
  ])('of a wait for %s is no wait without it', async (_, wait) => {
    await expect(wait()).rejects.toThrow(/^There is no option `\w+`: did you mean `(timeout|signal)`\?$/);
  });

  test('of a trace is not missed', async () => {
    const pool = openPool(1);
    expect(() => pool.trace(wrong({ limits: 5 }))).toThrow('There is no option `limits`: did you mean `limit`?');
    expect(await pool.apply((x: number) => x + 1, [1])).toBe(2);
  });
});

test('names that are like no option are let be: an object may be for others too', async () => {
  const lock = new Lock();
  expect(await lock.acquireAsync({ timeout: 5, retries: 3, label: 'a' } as never)).toBe(true);
  expect(() => Pipe({ duplex: false, '': 1, timeout: 5 } as never)).not.toThrow();
});

test('a list of anything is no object of options', async () => {
  await expect(new Lock().acquireAsync(wrong([5]))).rejects.toThrow('Expected `options` to be an object such as');
  await expect(new Lock().acquireAsync(wrong(new Float64Array(2 ** 26)))).rejects.toThrow(TypeError);
  const pool = openPool(1);
  await expect(pool.map((x: number) => x, [1], wrong(new Float64Array(2 ** 26)))).rejects.toThrow(TypeError);
});
