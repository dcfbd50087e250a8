import { runInNewContext } from 'node:vm';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { cpuCount } from '#lib/pool/cpu-count.js';
import { meantBy, RULES } from '#lib/pool/option-rules.js';
import { callbacksOf, callSettings, imapSettings, mapSettings, poolSettings, rangeOf } from '#lib/pool/options.js';
import { shown } from '#lib/tasks/show.js';

/** Options as a JavaScript user may write them. */
const any = (options: unknown): never => options as never;

/** Every option with a way to set it alone. */
const apply = {
  pool: (name: string, value: unknown) => poolSettings(any({ [name]: value })),
  call: (name: string, value: unknown) => callSettings(any({ [name]: value }), 'apply'),
  map: (name: string, value: unknown) => mapSettings(any({ [name]: value }), 'map'),
  imap: (name: string, value: unknown) => imapSettings(any({ [name]: value }), 'imap'),
  callbacks: (name: string, value: unknown) => callbacksOf(any({ [name]: value })),
};

const limits = { good: [0.5, 1, 2 ** 31, 2 ** 40, Infinity], range: [0, -1, -0, NaN, -Infinity], type: ['5', 5n] };
const fromOne = { good: [1, 2, 1e6], range: [0, -1, 1.5, NaN, Infinity, 2 ** 53], type: ['1', 1n, {}, [1]] };
const arrays = { good: [[], [1, 'two'], runInNewContext('[1]')], range: [], type: ['ab', { length: 1 }, new Set(), 1] };
const functions = { good: [() => {}, runInNewContext('() => {}')], range: [], type: ['f', {}, 1] };
const foreignSignal = { aborted: false, addEventListener() {}, removeEventListener() {} };

const table: readonly [keyof typeof apply, string, { good: unknown[]; range: unknown[]; type: unknown[] }][] = [
  ['pool', 'threads', { good: [1, 4, 1024], range: [0, -2, 1.5, NaN, Infinity, 1025], type: ['4', 4n, {}] }],
  ['pool', 'initargs', arrays],
  ['pool', 'maxTasksPerThread', { good: [1, 7, Infinity], range: [0, -1, 0.5, NaN], type: ['1', []] }],
  ['pool', 'resourceLimits', {
    good: [{}, { maxOldGenerationSizeMb: 32 }, { stackSizeMb: 0.5, codeRangeSizeMb: undefined }],
    range: [{ maxOldGenerationSizeMb: 0 }, { stackSizeMb: -4 }, { codeRangeSizeMb: NaN }],
    type: [32, 'x', [], { maxOldGenerationSizeMb: '32' }],
  }],
  ['pool', 'maxQueue', { good: [0, 1, Infinity], range: [-1, 0.5, NaN], type: ['auto', {}] }],
  ['pool', 'name', { good: ['', 'images'], range: [], type: [1, {}, Symbol('name')] }],
  ['pool', 'execution', { good: ['threads', 'adaptive', 'inline'], range: ['', 'Threads', 'thread'], type: [1, {}] }],
  ['call', 'signal', {
    good: [new AbortController().signal, AbortSignal.abort(), foreignSignal],
    range: [],
    type: [{}, { aborted: false }, 'abort', new AbortController(), new EventTarget()],
  }],
  ['call', 'timeout', limits],
  ['call', 'itemTimeout', limits],
  ['map', 'timeout', limits],
  ['map', 'itemTimeout', limits],
  ['map', 'chunksize', { ...fromOne, good: ['auto', ...fromOne.good], type: [1n, {}, [1], 'Auto', '10'] }],
  ['map', 'schedule', { good: ['static', 'dynamic', 'guided', 'auto'], range: ['runtime', 'AUTO'], type: [0, {}] }],
  ['map', 'args', arrays],
  ['map', 'retries', { good: [0, 1, 100], range: [-1, 0.5, NaN, Infinity], type: ['1', {}] }],
  ['map', 'onProgress', functions],
  ['imap', 'bufferSize', fromOne],
  ['callbacks', 'callback', functions],
  ['callbacks', 'errorCallback', functions],
];

describe.each(table)('%s option `%s`', (kind, name, { good, range, type }) => {
  test('is taken as it is when it keeps the rule', () => {
    for (const value of good) {
      const settings = apply[kind](name, value) as unknown as Record<string, unknown>;
      if (name === 'resourceLimits') expect(settings[name]).toEqual(value);
      else expect(settings[name]).toBe(value);
    }
  });

  test('outside its range is a RangeError with rule, value and type', () => {
    for (const value of range) {
      expect(() => apply[kind](name, value)).toThrow(RangeError);
      expect(() => apply[kind](name, value)).toThrow(
        `Expected \`${name}\` to be ${RULES[name as keyof typeof RULES].expected}, got ${shown(value)}`,
      );
    }
  });

  test('of another type, null included, is a TypeError with rule, value and type', () => {
    for (const value of [null, ...type]) {
      expect(() => apply[kind](name, value)).toThrow(TypeError);
      expect(() => apply[kind](name, value)).toThrow(
        `Expected \`${name}\` to be ${RULES[name as keyof typeof RULES].expected}, got ${shown(value)}`,
      );
    }
  });

  test('is its default when undefined', () => {
    expect(apply[kind](name, undefined)).toEqual(apply[kind]('neverMind', undefined));
  });
});

describe('the messages', () => {
  test('read as sentences', () => {
    const message = (attempt: () => unknown): string => {
      try {
        attempt();
      } catch (error) {
        return (error as Error).message;
      }
      return 'no error';
    };
    expect(message(() => mapSettings({ chunksize: 0 }, 'map'))).toBe(
      "Expected `chunksize` to be 'auto' or an integer from 1 up, got 0 (number)",
    );
    expect(message(() => poolSettings({ threads: 0 }))).toBe(
      'Expected `threads` to be an integer from 1 to 1024, got 0 (number)',
    );
    expect(message(() => poolSettings(2.5))).toBe(
      'Expected `threads` to be an integer from 1 to 1024, got 2.5 (number)',
    );
    expect(message(() => mapSettings({ schedule: any('fair') }, 'map'))).toBe(
      "Expected `schedule` to be 'static', 'dynamic', 'guided' or 'auto', got 'fair' (string)",
    );
    expect(message(() => callSettings(any(null), 'apply'))).toBe(
      'Expected the options of apply() to be an object, after an array of arguments, got null',
    );
    expect(message(() => mapSettings(any([4]), 'map'))).toBe(
      'Expected the options of map() to be an object, got [ 4 ] (array)',
    );
    expect(message(() => poolSettings(any('4')))).toBe(
      "Expected the options of new Pool() to be an object or a number of threads, got '4' (string)",
    );
    expect(message(() => mapSettings(any({ chunkSize: 4 }), 'map'))).toBe(
      'map() has no option `chunkSize`: did you mean `chunksize`?',
    );
  });

  test('show any value in bounded space, also one that cannot be shown', () => {
    expect(shown('x'.repeat(10_000)).length).toBeLessThan(150);
    expect(shown(Array.from({ length: 10_000 }, (_, k) => k)).length).toBeLessThan(150);
    const hostile = { [Symbol.for('nodejs.util.inspect.custom')]: () => { throw new Error('no'); } };
    expect(shown(hostile)).toBe('an object that cannot be shown (object)');
    expect(() => poolSettings(any({ name: hostile }))).toThrow(TypeError);
    fc.assert(fc.property(fc.anything(), (value) => expect(shown(value).length).toBeLessThan(150)), { seed: 8 });
  });
});

describe('names', () => {
  test.each([
    ['chunkSize', 'chunksize'],
    ['chunk_size', 'chunksize'],
    ['chunksiez', 'chunksize'],
    ['shedule', 'schedule'],
    ['retry', 'retries'],
    ['entry', undefined],
    ['retires', 'retries'],
    ['timeOut', 'timeout'],
    ['bufersize', 'bufferSize'],
    ['error_callback', 'errorCallback'],
    ['maxTaskPerThread', 'maxTasksPerThread'],
    ['processes', 'threads'],
    ['maxtasksperchild', 'maxTasksPerThread'],
    ['maxThreads', 'threads'],
    ['minThreads', 'threads'],
    ['workerData', 'initargs'],
    ['concurrency', 'threads'],
    ['label', undefined],
    ['arg', undefined],
    ['game', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
  ])('%s is taken for %s', (name, meant) => {
    expect(meantBy(name)).toBe(meant);
  });

  test('that are a slip of the pen are a TypeError in every kind of options', () => {
    expect(() => poolSettings(any({ processes: 4 }))).toThrow(
      'new Pool() has no option `processes`: did you mean `threads`?',
    );
    expect(() => mapSettings(any({ concurrency: 4 }), 'map')).toThrow('did you mean `threads` of new Pool()?');
    expect(() => callSettings(any({ timeOut: 4 }), 'apply')).toThrow(TypeError);
    expect(() => mapSettings(any({ chunkSize: undefined }), 'map')).toThrow(TypeError);
    expect(() => imapSettings(any({ buffersize: 4 }), 'imap')).toThrow(TypeError);
  });

  test('of other pools, for what is said in another way here, are a TypeError that says how', () => {
    expect(() => poolSettings(any({ filename: 'tasks.js' }))).toThrow('name tasks by taskModule()');
    expect(() => callSettings(any({ transferList: [] }), 'apply')).toThrow('mark what moves with move()');
  });

  test('of one\'s own, and of another method\'s options, are ignored', () => {
    const options = any({ requestId: 7, bufferSize: 5, threads: 'ignored here', retries: 2 });
    expect(mapSettings(options, 'map')).toEqual({ ...mapSettings(undefined, 'map'), retries: 2 });
    expect(callSettings(options, 'apply')).toEqual(callSettings(undefined, 'apply'));
  });
});

describe('settings', () => {
  test('have every default filled in', () => {
    expect(poolSettings(undefined)).toEqual({
      threads: cpuCount(),
      initializer: undefined,
      initargs: [],
      maxTasksPerThread: Infinity,
      resourceLimits: undefined,
      maxQueue: Infinity,
      name: 'granule',
      execution: 'threads',
    });
    expect(poolSettings(3)).toEqual({ ...poolSettings(undefined), threads: 3 });
    expect(callSettings({}, 'apply')).toEqual({ signal: undefined, timeout: Infinity, itemTimeout: Infinity });
    expect(imapSettings({}, 'imap')).toEqual({
      signal: undefined,
      timeout: Infinity,
      itemTimeout: Infinity,
      chunksize: 'auto',
      schedule: 'auto',
      args: [],
      retries: 0,
      onProgress: undefined,
      bufferSize: 0,
    });
  });

  test('schedule chunks of a given size dynamically unless told otherwise', () => {
    expect(mapSettings({ chunksize: 25 }, 'map').schedule).toBe('dynamic');
    expect(mapSettings({ chunksize: 'auto' }, 'map').schedule).toBe('auto');
    expect(mapSettings({ chunksize: 25, schedule: 'guided' }, 'map').schedule).toBe('guided');
  });

  test('are one shared constant where no options are given', () => {
    expect(mapSettings(undefined, 'map')).toBe(mapSettings(undefined, 'starmap'));
    expect(callSettings(undefined, 'apply')).toBe(callSettings(undefined, 'broadcast'));
    expect(callbacksOf(undefined)).toBe(callbacksOf(undefined));
  });

  test('are frozen, of one shape, and no longer the caller\'s', () => {
    const resourceLimits = { stackSizeMb: 4 };
    const pool = poolSettings({ resourceLimits });
    resourceLimits.stackSizeMb = 8;
    expect(pool.resourceLimits).toEqual({ stackSizeMb: 4 });
    const map = mapSettings({ retries: 1 }, 'map');
    expect(Object.keys(map)).toEqual(Object.keys(mapSettings(undefined, 'map')));
    expect(Object.keys(callSettings({}, 'apply'))).toEqual(Object.keys(callSettings(undefined, 'apply')));
    for (const settings of [pool, pool.resourceLimits, map, callSettings({}, 'apply'), callbacksOf({})]) {
      expect(Object.isFrozen(settings)).toBe(true);
    }
  });

  test('take null-prototype objects and objects of another realm', () => {
    const bare = Object.assign(Object.create(null) as object, { retries: 3 });
    expect(mapSettings(bare, 'map').retries).toBe(3);
    const foreign = any(runInNewContext('({ retries: 3, args: [1] })'));
    expect(mapSettings(foreign, 'map')).toMatchObject({ retries: 3, args: [1] });
  });

  test('read every option once, and let a getter\'s own error through', () => {
    const get = jest.fn(() => 5);
    const options = Object.defineProperty({}, 'chunksize', { get, enumerable: true });
    expect(mapSettings(options, 'map').chunksize).toBe(5);
    expect(get).toHaveBeenCalledTimes(1);
    const failure = new Error('from the getter');
    const failing = { get timeout(): number { throw failure; } };
    expect(() => callSettings(failing, 'apply')).toThrow(failure);
  });
});

describe('a range', () => {
  test('is a stop, or a start and a stop', () => {
    expect(rangeOf(10)).toEqual({ start: 0, stop: 10 });
    expect(rangeOf({ stop: 10 })).toEqual({ start: 0, stop: 10 });
    expect(rangeOf({ start: -5, stop: 10 })).toEqual({ start: -5, stop: 10 });
    expect(rangeOf({ start: 3, stop: 3 })).toEqual({ start: 3, stop: 3 });
    expect(rangeOf(Number.MAX_SAFE_INTEGER)).toEqual({ start: 0, stop: Number.MAX_SAFE_INTEGER });
  });

  test.each([[-1], [1.5], [NaN], [Infinity], [2 ** 53], [{ start: 4, stop: 3 }], [{ start: 0.5, stop: 3 }],
    [{ start: -(2 ** 52), stop: 2 ** 52 }]])('%p is a RangeError', (range) => {
    expect(() => rangeOf(range)).toThrow(RangeError);
  });

  test.each([['10'], [null], [undefined], [{}], [{ start: '0', stop: 3 }], [10n], [[0, 10]], [() => 1],
    [{ stop: 10, step: 2 }]])('%p is a TypeError', (range) => {
    expect(() => rangeOf(any(range))).toThrow(TypeError);
  });
});
