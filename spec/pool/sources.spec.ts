/** Tasks that are functions: sent to threads as source. How sources are read is in tasks/resolve-task.spec.ts. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool } from 'granule';

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

/** A function of `x` that did not exist before. */
function made(body: string): (x: number) => number {
  return new Function('x', body) as (x: number) => number; // eslint-disable-line @typescript-eslint/no-implied-eval
}

describe('a function of any form runs in a thread', () => {
  class Tools {
    static offset = 1;
    square(x: number): number {
      return x * x;
    }
    static async squareLater(x: number): Promise<number> {
      await Promise.resolve();
      return x * x;
    }
    field = (x: number): number => x * x;
  }
  const key = 'computed key';
  const object = {
    square(x: number): number {
      return x * x;
    },
    async later(x: number): Promise<number> {
      await Promise.resolve();
      return x * x;
    },
    [key](x: number): number {
      return x * x;
    },
    'quoted-name'(x: number): number {
      return x * x;
    },
    arrow: (x: number): number => x * x,
    function: function (x: number): number {
      return x * x;
    },
  };
  function declared(x: number): number {
    return x * x;
  }
  async function declaredLater(x: number): Promise<number> {
    await Promise.resolve();
    return x * x;
  }

  test.each<[string, (x: number) => number | Promise<number>]>([
    ['an arrow', (x) => x * x],
    ['an arrow with a body', (x) => { return x * x; }],
    ['an async arrow', async (x) => x * x],
    ['a declared function', declared],
    ['a declared async function', declaredLater],
    ['a function expression', function (x) { return x * x; }],
    ['a named function expression that calls itself', function power(x, n = 2): number {
      return n === 0 ? 1 : x * power(x, n - 1);
    }],
    ['a method', object.square],
    ['an async method', object.later],
    ['a method with a computed key', object[key]],
    ['a method with a quoted key', object['quoted-name']],
    ['an arrow in an object', object.arrow],
    ['a function in an object', object.function],
    ['a class’s method', Tools.prototype.square],
    ['a static async method', Tools.squareLater],
    ['a field of an instance', new Tools().field],
    ['one with default parameters', (x, y = x) => x * y],
    ['one with rest parameters', (...xs: number[]) => xs[0] * xs[0]],
    ['one with destructured parameters', (x, { length } = 'ab') => x ** length],
    ['one that holds functions and classes of its own', (x) => {
      class Square {
        constructor(readonly side: number) {}
        get area(): number {
          return this.side * this.side;
        }
      }
      return new Square(x).area;
    }],
    ['one made at run time', made('return x * x')],
    ['one whose text has more than Latin letters', (größe) => größe * größe + '→'.length - 1],
  ])('%s', async (_, task) => {
    expect(await pool.map(task, [2, 3])).toEqual([4, 9]);
    expect(await pool.apply(task, [4])).toBe(16);
  });
});

describe('what it may use', () => {
  test('globals, timers, and import()', async () => {
    expect(await pool.apply(() => [typeof process, typeof setTimeout, typeof SharedArrayBuffer])).toEqual([
      'object',
      'function',
      'function',
    ]);
    const digest = async (text: string): Promise<string> => {
      const { createHash } = await import('node:crypto');
      return createHash('sha256').update(text).digest('hex').slice(0, 8);
    };
    expect(await pool.apply(digest, ['granule'])).toMatch(/^[0-9a-f]{8}$/);
  });

  test('strict mode, as in the module it was written in', async () => {
    const strict = function (this: unknown): boolean {
      return this === undefined;
    };
    expect(await pool.apply(strict)).toBe(true);
  });

  test('not `this`: the error says so', async () => {
    const counter = {
      step: 5,
      next(x: number): number {
        return x + this.step;
      },
    };
    await expect(pool.apply(counter.next, [1])).rejects.toThrow(/next was sent as source and uses `this`/);
  });
});

describe('closing over a variable', () => {
  const factor = 3;
  const helper = (x: number): number => x * factor;
  const remedy = /Pass it through `args`, or export the function from a module and name it with taskModule\(\)/;

  test('is a ReferenceError that names the variable and says what to do', async () => {
    const triple = (x: number): number => x * factor;
    const error = await pool.map(triple, [1, 2]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ReferenceError);
    expect((error as Error).message).toMatch(/^factor is not defined: the task triple was sent as source/);
    expect((error as Error).message).toMatch(remedy);
  });

  test('such as another function', async () => {
    await expect(pool.apply((x: number) => helper(x), [1])).rejects.toThrow(/helper is not defined: .*closes? over/);
  });

  test('in an async function, after an await', async () => {
    const later = async (x: number): Promise<number> => {
      await Promise.resolve();
      return x * factor;
    };
    await expect(pool.apply(later, [1])).rejects.toThrow(/factor is not defined: the task later/);
  });

  test('works with `args` instead', async () => {
    expect(await pool.map((x: number, by: number) => x * by, [1, 2], { args: [factor] })).toEqual([3, 6]);
  });

  test('an error of the task’s own of the same kind is left alone', async () => {
    const own = (): never => {
      throw new ReferenceError('the customer is not defined');
    };
    await expect(pool.apply(own)).rejects.toMatchObject({ message: 'the customer is not defined' });
  });
});

describe('what cannot be sent as source is a TypeError at the call', () => {
  class Parser {}
  test.each<[string, unknown, RegExp]>([
    ['a native function', Math.sqrt, /native code.*\(x\) => Math\.sqrt\(x\)/],
    ['a bound function', ((x: number) => x).bind(null), /bind\(\)/],
    ['a class', Parser, /class 'Parser'/],
    ['a generator function', function* numbers() {}, /generator function 'numbers'/],  
    ['a proxy of a function', new Proxy((x: number) => x, {}), /Proxy/],
  ])('%s', async (_, task, message) => {
    const refusal = { name: 'TypeError', message: expect.stringMatching(message) as unknown };
    await expect(pool.apply(task as never)).rejects.toMatchObject(refusal);
    await expect(pool.map(task as never, [1])).rejects.toMatchObject(refusal);
    expect(() => pool.imap(task as never, [1])).toThrow(expect.objectContaining(refusal));
    expect(() => pool.mapAsync(task as never, [1])).toThrow(expect.objectContaining(refusal));
  });
});

describe('the same text is the same task', () => {
  test('however often it is written', async () => {
    const single = new Pool(1);
    try {
      const results: unknown[] = [];
      for (let i = 0; i < 50; i++) results.push(await single.apply((x: number) => x + 1, [i]));
      expect(results).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    } finally {
      await single.terminate();
    }
  });

  test('two texts of one name are two tasks', async () => {
    const tasks = [
      { run: (x: number): number => x + 1 },
      { run: (x: number): number => x + 2 },
    ];
    expect(await Promise.all(tasks.map(({ run }) => pool.apply(run, [1])))).toEqual([2, 3]);
  });

  test('thousands of different ones run, one after the other', async () => {
    for (let i = 0; i < 3_000; i++) {
      const results = await pool.map(made(`return x + ${i}`), [1, 2]);
      if (results[0] !== 1 + i || results[1] !== 2 + i) expect([i, results]).toEqual([i, [1 + i, 2 + i]]);
    }
    expect(await pool.map((x: number) => x, [1])).toEqual([1]);
  });
});
