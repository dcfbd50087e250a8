/**
 * The orders of steps that matter, made on purpose: what another thread would do in between is done
 * by a patched Atomics, or within the attempt itself. `others` are objects over the same memory that
 * know nothing of this thread's queue, as another thread's would.
 */

import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { performance } from 'node:perf_hooks';
import { inspect } from 'node:util';
import { LockStateError } from 'granule';
import { Condition } from '#lib/sync/condition.js';
import { Eventcount, EVENTCOUNT_WORDS } from '#lib/sync/eventcount.js';
import { HEADER } from '#lib/sync/words.js';
import { Lock } from '#lib/sync/lock.js';
import { NO_LIMITS } from '#lib/sync/wait-options.js';
import { RLock } from '#lib/sync/rlock.js';
import { RWLock } from '#lib/sync/rwlock.js';
import { threadTable } from '#lib/sync/threads.js';
import { SHARE } from '#lib/tasks/shareable.js';
import { endThreads, start, Steps } from './start.js';

afterEach(() => {
  jest.restoreAllMocks();
});

function eventcounts(): { mine: Eventcount; others: Eventcount } {
  const words = new Int32Array(new SharedArrayBuffer(4 * EVENTCOUNT_WORDS));
  return { mine: new Eventcount(words, 0), others: new Eventcount(words, 0) };
}

/** Has somebody else do something right before this thread's next step of that kind. */
function before(step: 'add' | 'compareExchange', act: () => void): void {
  const real = Atomics[step] as (...args: unknown[]) => unknown;
  jest.spyOn(Atomics, step).mockImplementationOnce(((...args: unknown[]) => {
    act();
    return real(...args);
  }) as never);
}

function forbidSleep(): void {
  jest.spyOn(Atomics, 'wait').mockImplementation((words, index, value) => {
    const word: number = Atomics.load(words as unknown as Int32Array, index);
    if (word !== Number(value)) return 'not-equal';
    throw new Error('It went to sleep, after the wake-up');
  });
}

describe('an eventcount', () => {
  test('a wake-up after the attempt and before the sleep is not slept through', () => {
    const { mine, others } = eventcounts();
    let attempts = 0;
    forbidSleep();
    const got = mine.wait(() => {
      if (++attempts === 2) return true;
      others.wake(1); // things change just after this attempt has looked
      return false;
    }, Infinity);
    expect(got).toBe(true);
  });

  test('the same for an async waiter: it looks again at once', async () => {
    const { mine, others } = eventcounts();
    let attempts = 0;
    const waits = mine.waitAsync(() => {
      attempts++;
      // The first attempt is made before it queues; the second is the one that counts.
      if (attempts === 2) others.wake();
      return attempts === 3;
    }, NO_LIMITS);
    expect(attempts).toBe(3);
    expect(await waits).toBe(true);
  });

  test('a wake-up while others come to wait does not take their announcement with it', async () => {
    const { mine, others } = eventcounts();
    let ready = false;
    const waits = [mine, others].map((one) => one.waitAsync(() => ready, NO_LIMITS));
    for (const one of [mine, others]) one.wake(); // in vain, for either
    await new Promise((resolve) => setImmediate(resolve));
    ready = true;
    mine.wake();
    others.wake();
    expect(await Promise.all(waits)).toEqual([true, true]);
  });

  test('where nobody waits, a wake-up is one load', () => {
    const { mine } = eventcounts();
    const notify = jest.spyOn(Atomics, 'notify');
    const add = jest.spyOn(Atomics, 'add');
    mine.wake();
    expect(mine.wait(() => true, Infinity)).toBe(true);
    add.mockClear();
    mine.wake(1); // and whoever has waited is gone
    expect(notify).not.toHaveBeenCalled();
    expect(add).not.toHaveBeenCalled();
  });

  test('who is woken at the end of its time attempts once more', () => {
    const { mine } = eventcounts();
    let ready = false;
    let time = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => time);
    jest.spyOn(Atomics, 'wait').mockImplementation(() => {
      ready = true;
      time = 201;
      return 'ok';
    });
    expect(mine.wait(() => ready, 200)).toBe(true);
    expect(time).toBe(201); // it slept until then
  });
});

describe('Condition', () => {
  test('a notify after the waiter has looked and before it sleeps is not slept through', () => {
    const condition = new Condition();
    const wait = jest.spyOn(Atomics, 'wait').mockImplementationOnce((words, index, value) => {
      condition.acquire(); // it has let go
      condition.notify();
      condition.release();
      if (Atomics.load(words, index) === value) throw new Error('It went to sleep, after the notify');
      return 'not-equal';
    });
    condition.acquire();
    expect(condition.wait()).toBe(true);
    expect(wait).toHaveBeenCalledTimes(1);
  });
});

describe('a holder that lets go and ends while another looks who it is', () => {
  const TOKEN = 2 ** 28;
  const OWNER = 2 * TOKEN;

  type Held = Lock | RLock | RWLock;
  /** What the holder has written where, and writes there as it lets go. */
  type Mark = (words: Int32Array, holds: boolean) => void;
  const kinds: [string, () => Held, Mark][] = [
    ['Lock', () => new Lock(), (words, holds) => { words[HEADER] = holds ? OWNER : 0; }],
    ['RLock', () => new RLock(), (words, holds) => { words[HEADER] = holds ? OWNER : 0; }],
    ['RWLock, writing,', () => new RWLock(), (words, holds) => { words[HEADER] = holds ? 2 * OWNER + 1 : 0; }],
    ['RWLock, reading,', () => new RWLock(), (words, holds) => {
      const seats = words.length - 256 * 2;
      words[seats - 1] = 1;
      words[seats] = OWNER;
      words[seats + 1] = holds ? 1 : 0;
    }],
  ];

  /** The lock, held by a thread of the table that is gone from both when the table is searched for it. */
  function holderThatGoes([, make, mark]: (typeof kinds)[number]): Held {
    jest.restoreAllMocks();
    const lock = make();
    const words = new Int32Array(lock[SHARE]().data as SharedArrayBuffer);
    const table = new Int32Array(threadTable());
    const slot = table.findIndex((word, i) => i >= 2 && i % 2 === 0 && word === 0); // two words at the head, two a slot
    table[slot] = TOKEN;
    mark(words, true);
    const real = Atomics.load.bind(Atomics) as (...args: unknown[]) => unknown;
    jest.spyOn(Atomics, 'load').mockImplementation(((array: Int32Array, index: number) => {
      if (table[slot] === TOKEN && array.buffer === table.buffer && index >= 2) {
        mark(words, false);
        table[slot] = 0;
      }
      return real(array, index);
    }) as never);
    return lock;
  }

  test.each(kinds)('has not abandoned it (%s)', (...kind) => {
    expect(holderThatGoes(kind).abandoned).toBe(false);
    expect(inspect(holderThatGoes(kind))).not.toContain('abandoned');
    for (const side of ['read', 'write'] as const) {
      const lock = holderThatGoes(kind);
      const one = 'write' in lock ? lock[side] : lock;
      expect(one.acquire(0) || one.acquire(0)).toBe(true); // the first may come too early, and says so
    }
  });

  test('is none whose Lock another could release', () => {
    const lock = holderThatGoes(kinds[0]) as Lock;
    expect(() => { lock.release(); }).toThrow(LockStateError);
  });
});

describe('a Condition whose notifier ends in the midst of it', () => {
  afterEach(endThreads);

  test.each([0, 1])('after %i steps that others can see: nobody is out of reach of the next', async (steps) => {
    const condition = new Condition();
    const words = new Steps();
    const waits = start('waitOn', condition, undefined, words.words);
    await words.reached(0);
    await condition.acquireAsync(); // it has let go
    const real = Atomics.add.bind(Atomics) as (...args: unknown[]) => unknown;
    let left = steps;
    jest.spyOn(Atomics, 'add').mockImplementation(((...args: unknown[]) => {
      if (left-- > 0) return real(...args);
      throw new Error('It has ended');
    }) as never);
    expect(() => { condition.notify(); }).toThrow('It has ended');
    jest.restoreAllMocks();
    condition.notifyAll(); // as others would who have reset the lock
    condition.release();
    expect(await waits.result).toBe(true);
    expect(inspect(condition)).toBe('Condition { waiting: 0, lock: Lock { unlocked } }');
  });
});

describe('RWLock', () => {
  const WRITER = HEADER;
  const ANOTHER = (4_000_000 * 2 + 1) * 2; // an unwatched thread, coming
  const IN = 1;

  function made(): { lock: RWLock; words: Int32Array } {
    const lock = new RWLock();
    lock.read.acquire();
    lock.read.release(); // it has its seat
    return { lock, words: new Int32Array(lock[SHARE]().data as SharedArrayBuffer) };
  }

  test.each([['coming', ANOTHER], ['in', ANOTHER + IN]])(
    'a reader that counts itself as a writer is %s takes itself back',
    (_, writer) => {
      const { lock, words } = made();
      before('add', () => {
        words[WRITER] = writer;
      });
      expect(lock.read.acquire(0)).toBe(false);
      words[WRITER] = 0;
      expect(lock.write.acquire(0)).toBe(true); // no hold of its own is left
      lock.write.release();
    },
  );

  test('a thread more than there are seats for says so, and takes nothing; a seat that becomes free is had', () => {
    const lock = new RWLock();
    const words = new Int32Array(lock[SHARE]().data as SharedArrayBuffer);
    const seats = words.length - 256 * 2;
    for (let i = 0; i < 256; i++) words[seats + 2 * i] = (4_000_000 + i) * 2 + 1; // unwatched threads
    words[seats - 1] = 256;
    expect(() => lock.read.acquire()).toThrow('At most 256 threads can use one RWLock at a time');
    expect(lock.write.acquire(0)).toBe(true); // which needs no seat
    lock.write.release();
    words[seats + 2 * 100] = 4_000_000 * 2; // one that is watched, and has ended
    expect(lock.read.acquire(0)).toBe(true);
    lock.read.release();
  });

  test('a writer that comes while a reader counts itself waits for it', () => {
    const { lock, words } = made();
    // The writer is this thread; the reader is another's, in the next seat, as the writer has just come.
    const seats = words.length - 256 * 2;
    before('compareExchange', () => {
      words[seats + 2] = 4_000_000 * 2 + 1;
      words[seats + 3] = 1;
      words[seats - 1] = 2;
    });
    expect(lock.write.acquire(0)).toBe(false);
    words[seats + 3] = 0;
    expect(lock.write.acquire(0)).toBe(true);
  });
});
