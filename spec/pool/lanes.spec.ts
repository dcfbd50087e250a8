/** What crosses to a thread and back, and how: copies, shared memory, moved memory, ports. */
import { MessageChannel } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { move, Pool, taskModule } from 'granule';
import { sharedWords } from '../support/gate.js';

const { identity, echo } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const memory = taskModule<typeof import('../fixtures/pool/memory.js')>(
  new URL('../fixtures/pool/memory.js', import.meta.url),
);

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

/** Any value that structured clone keeps, of every kind the codec knows. */
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.double(),
    fc.integer(),
    fc.constantFrom(undefined, null, true, false, -0, NaN),
    fc.string({ unit: 'binary' }),
    fc.bigInt(),
    fc.date(),
    fc.constantFrom(/a+/g, /./u),
    fc.uint8Array({ maxLength: 20 }),
    fc.float64Array({ maxLength: 5 }),
    fc.int32Array({ maxLength: 5 }).map((array) => array.subarray(1)),
    fc.constantFrom(new Error('plain'), new RangeError('out', { cause: { deep: [1] } })),
    tie('array'),
    tie('sparse'),
    tie('object'),
    tie('map'),
    tie('set'),
  ),
  array: fc.array(tie('value'), { maxLength: 6 }),
  sparse: fc.sparseArray(tie('value'), { maxLength: 8, maxNumElements: 3 }),
  object: fc.dictionary(fc.string({ maxLength: 5 }), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  map: fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
  set: fc.array(tie('value'), { maxLength: 3 }).map((members) => new Set(members)),
}));
const parameters = { seed: 20261120, numRuns: 150 } as const;

describe('a value comes back as structured clone would have it', () => {
  test('from map, as item and as result', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 20 }), async (items) => {
        expect(await pool.map(identity, items)).toStrictEqual(items.map((item) => structuredClone(item)));
      }),
      parameters,
    );
  });

  test('from apply, as argument', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 4 }), async (args) => {
        expect(await pool.apply(echo, args)).toStrictEqual(args.map((arg) => structuredClone(arg)));
      }),
      parameters,
    );
  });

  test('from `args` of a map', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 4 }), async (args) => {
        expect(await pool.map(echo, [0], { args })).toStrictEqual([[0, ...args.map((arg) => structuredClone(arg))]]);
      }),
      { ...parameters, numRuns: 60 },
    );
  });

  test('through the message lane, on which anything that is shared puts it', async () => {
    const words = sharedWords(1);
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 8 }), async (items) => {
        const results = await pool.map(identity, [words, ...items]);
        expect(results.slice(1)).toStrictEqual(items.map((item) => structuredClone(item)));
      }),
      { ...parameters, numRuns: 60 },
    );
  });

  test('from mapSettled, starmap, imap and broadcast', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (item) => {
        const copy: unknown = structuredClone(item);
        expect(await pool.mapSettled(identity, [item])).toStrictEqual([{ status: 'fulfilled', value: copy }]);
        expect(await pool.starmap(echo, [[item, item]])).toHaveLength(1);
        const { value } = (await pool.imap(identity, [item]).next()) as { value: unknown };
        expect(value).toStrictEqual(copy);
        expect(await pool.broadcast(identity, [item])).toStrictEqual([copy, copy]);
      }),
      { ...parameters, numRuns: 40 },
    );
  });

  test('what is one object within an item stays one', async () => {
    const shared = { a: 1 };
    const [result] = (await pool.map(identity, [[shared, shared]])) as [[object, object]];
    expect(result[0]).toBe(result[1]);
  });

  test('an item whose accessor gives a number and then a bigint is what it gave last', async () => {
    let reads = 0;
    const items = [1, 2, 3];
    Object.defineProperty(items, 1, { get: () => (reads++ === 0 ? 2 : 2n) });
    expect(await pool.map(identity, items)).toStrictEqual([1, 2n, 3]);
  });

  test('an item whose accessor throws the second time is an error at the call', async () => {
    let reads = 0;
    const items = [1, 2, 3];
    const get = (): number => {
      if (reads++ > 0) throw new RangeError('no more');
      return 2;
    };
    Object.defineProperty(items, 1, { get });
    await expect(pool.map(identity, items)).rejects.toThrow('no more');
    expect(await pool.map(identity, [1, 2])).toEqual([1, 2]);
  });

  test('built-in objects of Node that messages carry', async () => {
    const blob = new Blob(['text'], { type: 'text/plain' });
    const [result] = (await pool.map(identity, [blob])) as [Blob];
    expect(await result.text()).toBe('text');
    expect(await pool.apply(memory.textOf, [blob])).toBe('text');
  });
});

describe('shared memory passes as it is', () => {
  const write = (target: Int32Array | { deep: [Int32Array] }): void => {
    const words = ArrayBuffer.isView(target) ? target : target.deep[0];
    Atomics.add(words, 0, 1);
  };

  test('as an item, inside one, in args and as an argument of apply', async () => {
    const words = sharedWords(2);
    await pool.map(write, [words, words]);
    await pool.map(write, [{ deep: [words] as [Int32Array] }]);
    await pool.map((_: number, view: Int32Array) => Atomics.add(view, 0, 1), [1, 2], { args: [words] });
    await pool.apply(write, [words]);
    await pool.apply((memory: SharedArrayBuffer) => void new Int32Array(memory).fill(70, 1), [words.buffer]);
    expect([...words]).toEqual([6, 70]);
  });

  test('as a result', async () => {
    const words = await pool.apply(memory.makeShared);
    expect(words.view.buffer).toBe(words.memory);
    await pool.apply(write, [words.view]);
    expect([...words.view]).toEqual([42, 0]);
  });

  test('back and forth stays the same memory', async () => {
    const words = sharedWords(1);
    const result = (await pool.apply(identity, [words])) as Int32Array;
    result[0] = 5;
    expect(words[0]).toBe(5);
  });

  test('many items that hold it, in slices, in order', async () => {
    const words = sharedWords(500);
    const items = Array.from({ length: 500 }, (_, index) => ({ index, words }));
    const task = ({ index, words: all }: { index: number; words: Int32Array }): number =>
      Atomics.add(all, index, 1) + index;
    expect(await pool.map(task, items)).toEqual(items.map(({ index }) => index));
    expect(await pool.map(task, items, { chunksize: 7 })).toEqual(items.map(({ index }) => index + 1));
    expect(words.every((times) => times === 2)).toBe(true);
  });
});

describe('move()', () => {
  test('an argument: the task gets the memory, the caller’s is detached, at the call', async () => {
    const pixels = Uint8Array.of(1, 2, 3);
    const sum = pool.apply(memory.sum, [move(pixels)]);
    expect(pixels.byteLength).toBe(0);
    expect(pixels.buffer.byteLength).toBe(0);
    expect(await sum).toBe(6);
  });

  test('at any depth of an argument and of an item', async () => {
    const left = Float64Array.of(1, 2);
    const right = new Uint8Array(1 << 16).fill(1);
    const kept = Uint8Array.of(9);
    const argument = { list: [new Map([['left', move(left)]])], rest: { right: move(right), kept } };
    const sum = await pool.apply(memory.sumIn, [argument]);
    expect(sum).toBe(3 + 65_536 + 9);
    expect([left.length, right.length, kept.length]).toEqual([0, 0, 1]);

    const items = [1, 2, 3].map((n) => ({ data: move(new Uint8Array(n).fill(n)) }));
    const views = items.map(({ data }) => data);
    expect(await pool.map(memory.sumIn, items)).toEqual([1, 4, 9]);
    expect(views.map(({ length }) => length)).toEqual([0, 0, 0]);
  });

  test('an ArrayBuffer, as well as its views', async () => {
    const buffer = Uint8Array.of(4, 5).buffer;
    expect(await pool.apply(memory.bytesOf, [move(buffer)])).toEqual([4, 5]);
    expect(buffer.byteLength).toBe(0);
  });

  test('a result: the thread’s memory is detached, the caller gets it', async () => {
    const single = new Pool(1);
    try {
      const result = (await single.apply(memory.makeAndMove, [1_000])) as { list: [Float64Array] };
      expect(result.list[0]).toHaveLength(1_000);
      expect(result.list[0][999]).toBe(999);
      expect(await single.apply(memory.lengthOfMoved)).toBe(0);
    } finally {
      await single.terminate();
    }
  });

  test('part of a buffer is copied: its neighbours stay', async () => {
    const all = Float64Array.of(1, 2, 3, 4);
    const part = all.subarray(1, 3);
    expect(await pool.apply(memory.sum, [move(part)])).toBe(5);
    expect([...all]).toEqual([1, 2, 3, 4]);
  });

  test('a pooled Buffer is copied: no other Buffer loses its memory', async () => {
    const [mine, other] = [Buffer.from('mine'), Buffer.from('other')];
    expect(await pool.apply(memory.textOfBytes, [move(mine)])).toBe('mine');
    expect(other.toString()).toBe('other');
    expect(mine.toString()).toBe('mine');
    expect(Buffer.from('another').toString()).toBe('another');
  });

  test('shared memory does not move: it is shared all the same', async () => {
    const words = sharedWords(1);
    await pool.apply((view: Int32Array) => void (view[0] = 3), [move(words)]);
    expect(words[0]).toBe(3);
  });

  test('what was moved already is a SerializationError that says so', async () => {
    const once = Uint8Array.of(1, 2);
    await pool.apply(memory.sum, [move(once)]);
    await expect(pool.apply(memory.sum, [move(once)])).rejects.toMatchObject({
      code: 'ERR_GRANULE_SERIALIZATION',
      message: expect.stringMatching(/`args\[0\]`.*detached/) as unknown,
    });
  });

  test('is refused where several threads would get it: `args` of a map, initargs, broadcast', async () => {
    const refusal = {
      code: 'ERR_GRANULE_SERIALIZATION',
      message: expect.stringMatching(/moved with move\(\), and goes to/) as unknown,
    };
    const data = Uint8Array.of(7);
    await expect(pool.map(identity, [1], { args: [move(data)] })).rejects.toMatchObject(refusal);
    expect(() => new Pool({ threads: 1, initializer: identity, initargs: [move(Uint8Array.of(7))] })).toThrow(
      expect.objectContaining(refusal),
    );
    await expect(pool.broadcast(identity, [move(data)])).rejects.toMatchObject(refusal);
    expect(data.length).toBe(1);
  });

  test('under execution inline it moves as well', async () => {
    const inline = new Pool({ execution: 'inline' });
    const pixels = Uint8Array.of(1, 2, 3);
    expect(await inline.apply(memory.sum, [move(pixels)])).toBe(6);
    expect(pixels.length).toBe(0);
    await inline.terminate();
  });
});

describe('a MessagePort', () => {
  test('moves to a task, which answers through it', async () => {
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => port1.once('message', resolve));
    await pool.apply(memory.sayHello, [{ port: move(port2), name: 'task' }]);
    expect(await answer).toBe('hello, task');
    port1.close();
  });

  test('moves back as a result', async () => {
    const port = await pool.apply(memory.makePort);
    const answer = new Promise((resolve) => port.once('message', resolve));
    port.postMessage(20);
    expect(await answer).toBe(21);
    port.close();
  });

  test('each of a map’s items may hold one', async () => {
    const channels = [1, 2, 3].map(() => new MessageChannel());
    const answers = channels.map(({ port1 }) => new Promise((resolve) => port1.once('message', resolve)));
    const items = channels.map(({ port2 }, i) => ({ port: move(port2), name: `item ${i}` }));
    await pool.map(memory.sayHello as never, items);
    expect(await Promise.all(answers)).toEqual(['hello, item 0', 'hello, item 1', 'hello, item 2']);
    for (const { port1 } of channels) port1.close();
  });

  test('that is not move()d is a SerializationError', async () => {
    const { port1, port2 } = new MessageChannel();
    await expect(pool.apply(identity, [port1])).rejects.toMatchObject({ code: 'ERR_GRANULE_SERIALIZATION' });
    port1.close();
    port2.close();
  });
});

describe('memory of results', () => {
  test('that a task keeps and changes afterwards does not change the result', async () => {
    const single = new Pool(1);
    try {
      const before = await single.apply(memory.keepAndReturn, [3]);
      await single.apply(memory.changeKept);
      expect(before).toEqual(Uint8Array.of(3, 3, 3));
    } finally {
      await single.terminate();
    }
  });

  test('views that come back are views of their own memory', async () => {
    const results = (await pool.map((n: number) => new Uint8Array(n).fill(n), [1, 2, 3, 4])) as Uint8Array[];
    expect(new Set(results.map(({ buffer }) => buffer)).size).toBe(4);
    results[0].fill(9);
    expect(results[1]).toEqual(Uint8Array.of(2, 2));
    expect(results.map(({ buffer }) => buffer.byteLength)).toEqual([1, 2, 3, 4]);
  });
});
