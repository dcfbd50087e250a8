import { spawnSync } from 'node:child_process';
import { inspect } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { AsyncResult } from '#lib/pool/async-result.js';
import type { Callbacks } from '#lib/pool/options.js';
import { TimeoutError } from '#lib/errors.js';

/** A call that the spec settles. */
function call<R = unknown>(callbacks?: Callbacks<R>): {
  result: AsyncResult<R>;
  resolve: (value: R) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: R) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<R>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { result: new AsyncResult<R>(promise, callbacks), resolve, reject };
}

const failure = new Error('the task failed');

afterEach(() => {
  jest.useRealTimers();
});

describe('an AsyncResult', () => {
  test('gives its value to get(), with and without a timeout, and to await, again and again', async () => {
    const { result, resolve } = call<number>();
    const early = [result.get(), result.get(60_000), result.get(Infinity), Promise.resolve(result)];
    resolve(7);
    expect(await Promise.all(early)).toEqual([7, 7, 7, 7]);
    expect(await result.get()).toBe(7);
    expect(await result.get(0)).toBe(7);
    expect(await result).toBe(7);
  });

  test('gives its error to all of them', async () => {
    const { result, reject } = call();
    const early = Promise.allSettled([result.get(), result.get(60_000), result.then((value) => value)]);
    reject(failure);
    for (const outcome of await early) expect(outcome).toEqual({ status: 'rejected', reason: failure });
    await expect(result.get(0)).rejects.toBe(failure);
  });

  test('is ready() once settled, and then knows whether it was successful()', async () => {
    const good = call<number>();
    const bad = call<number>();
    expect(good.result.ready()).toBe(false);
    good.resolve(1);
    bad.reject(failure);
    await Promise.all([good.result.wait(), bad.result.wait()]);
    expect([good.result.ready(), good.result.successful()]).toEqual([true, true]);
    expect([bad.result.ready(), bad.result.successful()]).toEqual([true, false]);
  });

  test('throws from successful() while it is not ready, and says what to do', () => {
    expect(() => call().result.successful()).toThrow(
      'The result is not ready: await wait() or get() first, or ask ready()',
    );
  });

  test('resolves wait() with nothing, whether the call succeeds or fails', async () => {
    const good = call<number>();
    const bad = call<number>();
    const waits = [good.result.wait(), bad.result.wait(), bad.result.wait(60_000)];
    good.resolve(1);
    bad.reject(failure);
    expect(await Promise.all(waits)).toEqual([undefined, undefined, undefined]);
    expect(await bad.result.wait()).toBeUndefined();
  });

  test('shows its state', async () => {
    const { result, resolve } = call<number>();
    expect(inspect(result)).toBe('AsyncResult { pending }');
    resolve(1);
    await result;
    expect(inspect(result)).toBe('AsyncResult { fulfilled }');
  });
});

describe('a timeout', () => {
  test('rejects get() with a TimeoutError, and the call goes on', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    const { result, resolve } = call<string>();
    const got = result.get(1_000);
    const waited = result.wait(1_000);
    const rejected = expect(got).rejects.toThrow(TimeoutError);
    await jest.advanceTimersByTimeAsync(1_000);
    await rejected;
    await expect(got).rejects.toMatchObject({
      code: 'ERR_GRANULE_TIMEOUT',
      message: 'The result is not ready after 1000 ms; the call goes on',
    });
    expect(await waited).toBeUndefined();
    expect(result.ready()).toBe(false);
    resolve('finished');
    expect(await result.get()).toBe('finished');
  });

  test('leaves no timer behind once the call settled', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    const { result, resolve } = call<number>();
    const waits = [result.get(1_000), result.wait(1_000), result.get(2 ** 40)];
    expect(jest.getTimerCount()).toBe(3);
    resolve(1);
    await Promise.all(waits);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('beyond setTimeout\'s range does not expire at once', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    const { result, resolve } = call<number>();
    const got = result.get(2 ** 33);
    await jest.advanceTimersByTimeAsync(2 ** 32);
    resolve(5);
    expect(await got).toBe(5);
  });

  test('of 0 asks without waiting', async () => {
    const { result } = call();
    await expect(result.get(0)).rejects.toThrow(TimeoutError);
    expect(await result.wait(0)).toBeUndefined();
    expect(result.ready()).toBe(false);
  });

  test.each([-1, NaN])('of %d is a RangeError, ready or not', async (timeout) => {
    const { result, resolve } = call<number>();
    const rule = 'Expected `timeout` to be a number of milliseconds from 0 up, or Infinity for no limit';
    const broken = new RangeError(`${rule}, got ${timeout} (number)`);
    expect(() => result.get(timeout)).toThrow(broken);
    expect(() => result.wait(timeout)).toThrow(broken);
    resolve(1);
    await result;
    expect(() => result.get(timeout)).toThrow(RangeError);
  });

  test('of another type is a TypeError', () => {
    const { result } = call();
    expect(() => result.get('5' as never)).toThrow(TypeError);
    expect(() => result.wait(null as never)).toThrow(TypeError);
  });
});

describe('the callbacks', () => {
  test('are called once, with the value or with the error, never both', async () => {
    const calls: unknown[] = [];
    const callbacks = {
      callback: (value: unknown) => calls.push(['callback', value]),
      errorCallback: (error: unknown) => calls.push(['errorCallback', error]),
    };
    const good = call(callbacks);
    const bad = call(callbacks);
    good.resolve([1, 4]);
    bad.reject(failure);
    await Promise.allSettled([good.result, good.result.get(), bad.result, bad.result.get()]);
    expect(calls).toEqual([['callback', [1, 4]], ['errorCallback', failure]]);
  });

  test('come before anybody who waits, and find the result ready', async () => {
    for (const settle of ['resolve', 'reject'] as const) {
      const order: string[] = [];
      const note = (): void => void order.push(`callback, ready ${results.result.ready()}`);
      const results = call<unknown>({ callback: note, errorCallback: note });
      const after = (who: string) => (): void => void order.push(who);
      const waits = [
        results.result.then(after('then'), after('then')),
        results.result.get(60_000).then(after('get'), after('get')),
        results.result.wait().then(after('wait')),
      ];
      results[settle](failure);
      await Promise.all(waits);
      expect(order[0]).toBe('callback, ready true');
      expect(order.slice(1).sort()).toEqual(['get', 'then', 'wait']);
    }
  });
});

/** What a program does that ends by an event of the process, which Jest would catch: run apart. */
function program(body: string): { events: string[]; status: number | null } {
  const source = `
    import { AsyncResult } from '#lib/pool/async-result.js';
    const events = [];
    const later = () => new Promise((resolve) => setImmediate(resolve));
    process.on('unhandledRejection', (error) => console.log('unhandled: ' + error.message));
    process.on('uncaughtException', (error) => console.log('uncaught: ' + error.message));
    const failing = (callbacks) => new AsyncResult(later().then(() => { throw new Error('failed'); }), callbacks);
    const call = () => {
      let fail;
      const result = new AsyncResult(new Promise((_, reject) => { fail = () => reject(new Error('failed')); }));
      return { get: (ms) => result.get(ms), wait: (ms) => result.wait(ms), result, fail };
    };
    ${body}
    await later(); await later(); await later();
    console.log('end');
  `;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: fileURLToPath(new URL('../../../', import.meta.url)),
    encoding: 'utf8',
  });
  expect(child.stderr).toBe('');
  return { events: child.stdout.trim().split('\n'), status: child.status };
}

describe('a failure', () => {
  test.each([
    ['nobody looked at', 'failing();'],
    ['get(timeout) gave up on before', 'await failing().get(0).catch(() => {});'],
    ['wait(timeout) gave up on before', 'await failing().wait(0);'],
    ['get(timeout) waited for, and gave up on', 'const late = call(); await late.get(1).catch(() => {}); late.fail();'],
    ['wait(timeout) waited for, and gave up on', 'const late = call(); await late.wait(1); late.fail();'],
    ['only ready() asked about', 'failing().ready();'],
    ['only a callback waited for', 'failing({ callback() {} });'],
    ['then() handled only the value of', 'failing().then(() => {});'],
    ['get() passed on to nobody', 'failing().get(10_000);'],
  ])('that %s is an unhandled rejection, once', (_who, body) => {
    expect(program(body).events).toEqual(['unhandled: failed', 'end']);
  });

  test.each([
    ['wait()', 'failing().wait();'],
    ['wait(timeout)', 'failing().wait(10_000);'],
    ['errorCallback', "failing({ errorCallback() {} });"],
    ['a handler of get()', 'failing().get().catch(() => {});'],
    ['a handler of get(timeout)', 'failing().get(10_000).catch(() => {});'],
    ['a handler of then()', 'failing().then(undefined, () => {});'],
  ])('that %s has seen is not', (_who, body) => {
    expect(program(body).events).toEqual(['end']);
  });

  test('that successful() sees in the turn in which it settled is not', () => {
    const body = `
      const { result, fail } = call();
      fail();
      await null;
      console.log(result.ready(), result.successful());
    `;
    expect(program(body).events).toEqual(['true false', 'end']);
  });
});

describe('an exception of a callback', () => {
  test.each([
    ['callback', 'new AsyncResult(Promise.resolve(1), { callback() { throw new Error("mine"); } })', 'value 1'],
    ['errorCallback', 'failing({ errorCallback() { throw new Error("mine"); } })', 'error failed'],
  ])('of %s is an uncaught exception, and changes nothing in the result', (_which, make, outcome) => {
    const body = `
      const result = ${make};
      const shown = result.then((value) => 'value ' + value, (error) => 'error ' + error.message);
      await later(); await later();
      console.log(await shown);
    `;
    expect(program(body).events).toEqual(['uncaught: mine', outcome, 'end']);
  });
});
