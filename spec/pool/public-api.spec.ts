/** What the package exports, of tasks, pools and errors; a name more or less is a decision, not an accident. */
import { describe, expect, test } from '@jest/globals';
import * as granule from 'granule';
import type {
  Callbacks,
  CallOptions,
  CurrentTask,
  ElementOf,
  Execution,
  ImapOptions,
  IndexRange,
  MapOptions,
  PoolOptions,
  PoolStats,
  Schedule,
  SharedTyped,
  Task,
  TaskErrorInfo,
  TaskFunction,
  TaskReference,
  TypedArray,
} from 'granule';

const errors = [
  'GranuleError',
  'PoolClosedError',
  'WorkerLostError',
  'TimeoutError',
  'SerializationError',
  'LockStateError',
  'AbandonedLockError',
  'BrokenBarrierError',
  'QueueEmptyError',
  'QueueFullError',
  'QueueClosedError',
  'EOFError',
  'SharedMemoryExistsError',
  'SharedMemoryNotFoundError',
  'ManagerClosedError',
] as const;

const names = ['Pool', 'AsyncResult', 'taskModule', 'move', 'currentTask', 'cpuCount', 'PoolTrace', ...errors] as const;

describe('granule exports', () => {
  test.each(names)('%s', (name) => {
    expect(granule[name]).toBeInstanceOf(Function);
    expect(granule[name].name).toBe(name);
  });

  test('nothing by default', () => {
    expect(granule).not.toHaveProperty('default');
  });

  test('nothing but functions and classes', () => {
    for (const value of Object.values(granule)) expect(typeof value).toBe('function');
  });

  test('the types that its signatures name', () => {
    type All = [
      Callbacks<1>,
      CallOptions,
      CurrentTask,
      ElementOf<Int8Array>,
      Execution,
      ImapOptions,
      IndexRange,
      MapOptions,
      PoolOptions,
      PoolStats,
      Schedule,
      SharedTyped<Int8Array>,
      Task,
      TaskErrorInfo,
      TaskFunction,
      TaskReference,
      TypedArray,
    ];
    const count: All['length'] = 17;
    expect(count).toBe(17);
  });
});

describe('every error class', () => {
  test.each(errors)('%s is a GranuleError with a stable code and its own name', (name) => {
    const Type = granule[name] as new (message: string, info: object) => Error & { code: string };
    const error = new Type('message', {});
    expect(error).toBeInstanceOf(granule.GranuleError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe(name);
    const words = name.replace(/Error$/, '').replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
    expect(error.code).toBe(name === 'GranuleError' ? 'ERR_GRANULE' : `ERR_GRANULE_${words}`);
    expect(Object.keys(error)).not.toContain('name');
  });
});

describe('a Pool', () => {
  const members = [
    'apply',
    'applyAsync',
    'broadcast',
    'close',
    'imap',
    'imapUnordered',
    'join',
    'map',
    'mapAsync',
    'mapSettled',
    'parallelFor',
    'parallelReduce',
    'ready',
    'starmap',
    'starmapAsync',
    'stats',
    'terminate',
    'trace',
  ];

  test('has the members of the contract, and no others that show', () => {
    const own = Object.getOwnPropertyNames(granule.Pool.prototype).filter((name) => name !== 'constructor');
    expect(own.sort()).toEqual(members);
    const pool = new granule.Pool({ execution: 'inline' });
    expect(Object.keys(pool)).toEqual(['threads']);
    expect(pool[Symbol.asyncDispose]).toBeInstanceOf(Function);
  });

  test('refuses options that are none', () => {
    expect(() => new granule.Pool(0)).toThrow(RangeError);
    expect(() => new granule.Pool('4' as never)).toThrow(TypeError);
    expect(() => new granule.Pool({ processes: 4 } as never)).toThrow(/did you mean `threads`/);
  });
});
