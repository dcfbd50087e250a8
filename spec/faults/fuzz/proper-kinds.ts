/** What granule asks for, so that inputs get past its first checks. */
import {
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  move,
  Pipe,
  RLock,
  SharedArray,
  SharedMemory,
  taskModule,
  toShared,
  Value,
} from 'granule';
import type * as arithmetic from '../../fixtures/pool/arithmetic.js';

const file = new URL('../../fixtures/pool/arithmetic.js', import.meta.url);
const { identity, echo } = taskModule<typeof arithmetic>(file);
const missing = 5;

/** Each makes its value anew. */
export const proper: Readonly<Record<string, () => unknown>> = {
  'a task': () => identity,
  'a task of any arguments': () => echo,
  'a task as source': () => (value: unknown) => value,
  'a task of a range': () => (start: number, stop: number) => stop - start,
  'a task that is async': () => async (value: unknown) => value,
  'a task that throws': () => () => {
    throw new RangeError('planned');
  },
  'a task that throws text': () => () => {
    throw 'planned'; // eslint-disable-line @typescript-eslint/only-throw-error
  },
  'a task that gives a function': () => () => () => 1,
  'a task that gives what is deep': () => () => {
    let value: unknown = 1;
    for (let level = 0; level < 3_000; level++) value = { value };
    return value;
  },
  'a task that closes over a variable': () => () => missing,
  'a task that no module exports': () => ({ module: file.href, name: 'noSuchTask' }),
  'a task of a module that is not there': () => ({ module: new URL('./no-such-module.js', file).href, name: 'task' }),
  'a task called __proto__': () => ({ module: file.href, name: '__proto__' }),
  'a task called constructor': () => ({ module: file.href, name: 'constructor' }),
  'a task called what ends a program': () => ({ module: file.href, name: "'; process.exit(9)//" }),
  'a URL of the file system': () => file,
  'a path': () => file.pathname,

  'items, plenty': () => Array.from({ length: 300 }, (_, i) => i),
  'items, lists': () => [[1], [2, 3], []],
  'items, async': () =>
    (async function* () {
      yield* [1, 'two', { three: 3 }];
    })(),
  'items, typed': () => Int32Array.of(3, 1, 2),
  'items, typed and shared': () => new Float64Array(new SharedArrayBuffer(32)),

  'a small time': () => 0.01,
  'a while': () => 5_000,
  'no time': () => 0,
  auto: () => 'auto',
  guided: () => 'guided',
  static: () => 'static',
  threads: () => 'threads',
  inline: () => 'inline',
  adaptive: () => 'adaptive',
  'a range': () => ({ start: 3, stop: 40 }),
  'a range of many': () => 3000,
  'an empty range': () => ({ start: 3, stop: 3 }),
  'a live signal': () => new AbortController().signal,
  'a short wait': () => ({ timeout: 0.01 }),
  'a limit of memory': () => ({ maxOldGenerationSizeMb: 64 }),
  'a function of two': () => (left: unknown) => left,
  'a predicate': () => () => true,

  'a Lock': () => new Lock(),
  'an RLock': () => new RLock(),
  'an Event': () => new Event(),
  'a Condition': () => new Condition(),
  'a BoundedSemaphore': () => new BoundedSemaphore(2),
  'a Value': () => new Value('i', 1),
  'a SharedArray': () => new SharedArray('d', [1, 2]),
  'a closed SharedMemory': () => {
    const memory = new SharedMemory({ create: true, size: 8 });
    memory.close();
    memory.unlink();
    return memory;
  },
  'a closed end of a pipe': () => {
    const [end, other] = Pipe();
    end.close();
    other.close();
    return end;
  },
  'a handle': () => toShared(new Lock()),
  'moved bytes': () => move(new Uint8Array(16)),
  i: () => 'i',
  q: () => 'q',
  '?': () => '?',
  d: () => 'd',
  'a class': () => 'Account',
  pairs: () => [
    ['a', 1],
    [{ own: 1 }, 2],
  ],
  'a name nobody has': () => 'fuzz: nobody has this name',
};
