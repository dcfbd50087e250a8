/** Locks and their kin, and shared memory. */
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  fromShared,
  Lock,
  Pool,
  RLock,
  RWLock,
  Semaphore,
  ShareableList,
  SharedArray,
  SharedMemory,
  toShared,
  Value,
} from 'granule';
import { SHARE } from '#lib/tasks/shareable.js';
import { threadTable } from '#lib/sync/threads.js';
import { startRole } from '../support/roles.js';
import type { Room } from './provoke.js';

const any = (value: unknown): never => value as never;

/** What `use` gives after a thread has ended that held the lock. */
async function abandoned<L extends { acquire(): unknown }>(lock: L, use: (lock: L) => unknown): Promise<unknown> {
  const pool = new Pool(1);
  const leave = (held: Lock): void => {
    held.acquire();
    process.exit(3);
  };
  await pool.apply(leave, [any(lock)]).catch(() => undefined);
  await pool.terminate();
  return use(lock);
}

/** What `use` gives while another thread holds the lock. */
async function elsewhere<L extends { acquire(): unknown }>(lock: L, use: (lock: L) => unknown): Promise<unknown> {
  const pool = new Pool(1);
  const [held, go] = [new Event(), new Event()];
  const hold = (taken: Lock, isHeld: Event, mayGo: Event): void => {
    taken.acquire();
    isHeld.set();
    mayGo.wait();
    taken.release();
  };
  const call = pool.apply(hold, [any(lock), held, go]);
  await held.waitAsync();
  try {
    return await use(lock);
  } finally {
    go.set();
    await call;
    await pool.terminate();
  }
}

/** All free places of a table taken, by threads that nobody knows. */
async function crowded<R>(
  words: Int32Array,
  first: number,
  step: number,
  mark: number,
  use: () => R,
): Promise<Awaited<R>> {
  const free: number[] = [];
  for (let at = first; at < words.length; at += step) if (words[at] === 0) free.push(at);
  for (const at of free) words[at] = mark;
  try {
    return await use();
  } finally {
    for (const at of free) words[at] = 0;
  }
}

export const syncRoom: Room = () => ({
  "lock.acquire('5')": () => new Lock().acquire(any('5')),
  'lock.acquire(-1)': () => new Lock().acquire(-1),
  'lock.acquireAsync(5)': () => new Lock().acquireAsync(any(5)),
  'lock.acquireAsync({ signal: 5 })': () => new Lock().acquireAsync({ signal: any(5) }),
  'lock.holdAsync({ timeout: 5 })': () => new Lock().holdAsync(any({ timeout: 5 })),
  'lock.release() of a free lock': () => {
    new Lock().release();
  },
  'lock.reset() while it is held': () => elsewhere(new Lock(), (lock) => {
    lock.reset();
  }),
  'a lock whose owner has ended': () => abandoned(new Lock(), (lock) => lock.acquire()),
  'rlock.release() of a free lock': () => {
    new RLock().release();
  },
  'rlock.release() by another thread': () => elsewhere(new RLock(), (lock) => {
    lock.release();
  }),
  'rwlock.read.release() without a hold': () => {
    new RWLock().read.release();
  },
  'rwlock.write.release() without a hold': () => {
    new RWLock().write.release();
  },
  'rwlock.reset() while it is held': async () => {
    const lock = new RWLock();
    lock.write.acquire();
    lock.reset();
  },
  'an RWLock whose holder has ended': async () => {
    const own = new Pool(1);
    const lock = new RWLock();
    const leave = (held: RWLock): void => {
      held.write.acquire();
      process.exit(3);
    };
    await own.apply(leave, [lock]).catch(() => undefined);
    await own.terminate();
    lock.read.acquire();
  },
  'a 257th thread that reads': () => {
    const lock = new RWLock();
    const words = new Int32Array(any(lock[SHARE]().data));
    const seats = words.length - 256 * 2;
    words[seats - 1] = 256;
    return crowded(words, seats, 2, 4_000_000 * 2 + 1, () => lock.read.acquire());
  },
  'new Semaphore(-1)': () => new Semaphore(-1),
  "new Semaphore('1')": () => new Semaphore(any('1')),
  'boundedSemaphore.release() once too often': () => {
    new BoundedSemaphore(1).release();
  },
  'new Condition({})': () => new Condition(any({})),
  'condition.notify() without the lock': () => {
    new Condition().notify();
  },
  'condition.notify(0)': () => {
    const condition = new Condition();
    condition.acquire();
    condition.notify(0);
  },
  'condition.waitFor(5)': () => new Condition().waitFor(any(5)),
  'condition.waitFor() of an async function': () => new Condition().waitFor(any(async () => Promise.resolve(true))),
  'new Barrier(0)': () => new Barrier(0),
  'new Barrier(2, 5)': () => new Barrier(2, any(5)),
  'new Barrier(2, { action: 5 })': () => new Barrier(2, { action: any(5) }),
  'new Barrier(2, { action: async () => … })': () => new Barrier(2, { action: any(async () => Promise.resolve()) }),
  'new Barrier(2, { action, args: 5 })': () => new Barrier(2, any({ action: () => 1, args: 5 })),
  'new Barrier(2, { action, args: 65,536 of them })': () =>
    new Barrier(2, any({ action: () => 1, args: Array.from({ length: 65_536 }) })),
  'barrier.wait() with a timeout that passes': () => new Barrier(2).wait(1),
  'barrier.wait() of a broken one': () => {
    const barrier = new Barrier(2);
    barrier.abort();
    return barrier.wait();
  },
  'barrier.reset() while others wait': () => {
    const barrier = new Barrier(2);
    const wait = barrier.waitAsync();
    barrier.reset();
    return wait;
  },
  'barrier.reset() by its own action': () => {
    const self: { barrier?: Barrier } = {};
    (globalThis as Record<string, unknown>)['spec.errors'] = self;
    self.barrier = new Barrier(1, {
      action: () => {
        (globalThis as unknown as Record<string, { barrier: Barrier }>)['spec.errors'].barrier.reset();
      },
    });
    return self.barrier.wait();
  },
  'a thread more than granule can have': () =>
    crowded(new Int32Array(threadTable()), 2, 2, 2 ** 30, async () => {
      const thread = startRole(new URL('../fixtures/sync/thread.js', import.meta.url), 'areOne', [1, 1]);
      return await thread.result.finally(() => thread.terminate());
    }),
});

export const memoryRoom: Room = () => ({
  "new Value('x')": () => new Value(any('x')),
  "new Value('i', '5')": () => new Value('i', any('5')),
  "new Value('i', 1.5)": () => new Value('i', 1.5),
  "new Value('q', 5)": () => new Value('q', any(5)),
  "new Value('?', 1)": () => new Value('?', any(1)),
  "new Value('d', 'x')": () => new Value('d', any('x')),
  "new Value('i', 0, 5)": () => new Value('i', 0, any(5)),
  "new Value('i', 0, { lock: 5 })": () => new Value('i', 0, { lock: any(5) }),
  'value.getLock() of { lock: false }': () => new Value('i', 0, { lock: false }).getLock(),
  "new SharedArray('i', memory that was moved)": () => {
    const bytes = new Uint8Array(4);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return new SharedArray('i', bytes);
  },
  "new SharedArray('i', -1)": () => new SharedArray('i', -1),
  "new SharedArray('i', 'abc')": () => new SharedArray('i', any('abc')),
  "new SharedArray('d', 2 ** 52)": () => new SharedArray('d', 2 ** 52),
  "new SharedArray('i', [1, 'x'])": () => new SharedArray('i', any([1, 'x'])),
  'array.at("0")': () => new SharedArray('i', 2).at(any('0')),
  'array.set(2, 1) of two': () => {
    new SharedArray('i', 2).set(2, 1);
  },
  'array.set(0, 1) of an empty one': () => {
    new SharedArray('i', 0).set(0, 1);
  },
  'new SharedMemory(5)': () => new SharedMemory(any(5)),
  'new SharedMemory({})': () => new SharedMemory(any({})),
  'new SharedMemory({ create: 1 })': () => new SharedMemory(any({ create: 1 })),
  'new SharedMemory({ create: true })': () => new SharedMemory(any({ create: true })),
  'new SharedMemory({ create: true, size: 0 })': () => new SharedMemory({ create: true, size: 0 }),
  'new SharedMemory({ name: 5 })': () => new SharedMemory({ name: any(5) }),
  "new SharedMemory({ name: '' })": () => new SharedMemory({ name: '' }),
  'a block of a name that is taken': () => {
    const name = 'frame';
    const block = new SharedMemory({ create: true, name, size: 8 });
    try {
      return new SharedMemory({ create: true, name, size: 8 });
    } finally {
      block.close();
      block.unlink();
    }
  },
  'a name that nobody has': () => new SharedMemory({ name: 'frame' }),
  'a block larger than all may be': () => new SharedMemory({ create: true, size: 2 ** 40 }),
  'memory.buf after close()': () => {
    const block = new SharedMemory({ create: true, name: 'frame', size: 8 });
    block.close();
    block.unlink();
    return block.buf;
  },
  'a block that is gone as it arrives': () => {
    const block = new SharedMemory({ create: true, name: 'frame', size: 8 });
    const handle = toShared(block);
    block.close();
    block.unlink();
    return fromShared(handle);
  },
  'new ShareableList()': () => new ShareableList(),
  'new ShareableList(undefined, 5)': () => new ShareableList(undefined, any(5)),
  'new ShareableList(5)': () => new ShareableList(any(5)),
  'new ShareableList([{}])': () => new ShareableList(any([{}])),
  'new ShareableList([2n ** 63n])': () => new ShareableList([2n ** 63n]),
  "new ShareableList(['\\ud800'])": () => new ShareableList(['\ud800']),
  'new ShareableList(undefined, { name }) of a block that is no list': () => {
    const block = new SharedMemory({ create: true, name: 'frame', size: 64 });
    try {
      return new ShareableList(undefined, { name: 'frame' });
    } finally {
      block.close();
      block.unlink();
    }
  },
  'list.set() of a longer string': () => {
    const list = new ShareableList(['ab']);
    try {
      list.set(0, 'x'.repeat(100));
    } finally {
      list.shm.close();
      list.shm.unlink();
    }
  },
  'list.at(5)': () => {
    const list = new ShareableList([1]);
    try {
      return list.at(5);
    } finally {
      list.shm.close();
      list.shm.unlink();
    }
  },
});
