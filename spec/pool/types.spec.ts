/** What compiles and what must not: the compiler runs these specs (tsc -p spec), Jest only loads them. */
import { describe, expect, test } from '@jest/globals';
import type {
  AsyncResult,
  CallOptions,
  ElementOf,
  Pool,
  Task,
  TaskFunction,
  TaskReference,
  TypedArray,
} from 'granule';
import { move, taskModule } from 'granule';

/** Compiles only if the two are one type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(...differ: Same<A, B> extends true ? [] : ['these types differ']): void {
  void differ;
}

const tasks = taskModule<typeof import('../fixtures/pool/types.js')>(
  new URL('../fixtures/pool/types.js', import.meta.url),
);

// Never called: what is in it is only compiled.
function references(pool: Pool): void {
  same<typeof tasks.half, TaskReference<[x: number], number>>();
  same<typeof tasks.lengthLater, TaskReference<[text: string], number>>(); // awaited
  same<typeof tasks.weigh, TaskReference<[item: { grams: number }, unit: 'g' | 'kg', digits?: number], string>>();
  // @ts-expect-error: not an export
  void tasks.nothing;
  // @ts-expect-error: not a function
  void tasks.constant;
  // @ts-expect-error: a class cannot be called
  void tasks.Scale;
  // @ts-expect-error: a reference is not the function
  tasks.half(3);
  const task: Task<[number], number> = tasks.half;
  const fn: TaskFunction<[number], number> = async (x) => x;
  void [task, fn, pool];
}

function applies(pool: Pool): void {
  same<ReturnType<typeof pool.apply<[number], number>>, Promise<number>>();
  const text: Promise<string> = pool.apply(tasks.weigh, [{ grams: 5 }, 'kg']);
  const digits: Promise<string> = pool.apply(tasks.weigh, [{ grams: 5 }, 'kg', 2] as const);
  const inline: Promise<number> = pool.apply((x: number, y: number) => x + y, [1, 2]);
  const later: Promise<number> = pool.apply(async (x: number) => x, [1]);
  const nothing: Promise<boolean> = pool.apply(() => true);
  const handle: AsyncResult<number> = pool.applyAsync(tasks.half, [3], { callback: (value: number) => void value });
  // @ts-expect-error: the wrong type of argument
  void pool.apply(tasks.half, ['3']);
  // @ts-expect-error: too many
  void pool.apply(tasks.half, [3, 4]);
  // @ts-expect-error: too few
  void pool.apply(tasks.weigh, [{ grams: 5 }]);
  // @ts-expect-error: not one of the words
  void pool.apply(tasks.weigh, [{ grams: 5 }, 'lb']);
  // @ts-expect-error: the result is a number
  const wrong: Promise<string> = pool.apply(tasks.half, [3]);
  // @ts-expect-error: the callback takes the result
  pool.applyAsync(tasks.half, [3], { callback: (value: string) => void value });
  // @ts-expect-error: no such option
  void pool.apply(tasks.half, [3], { chunksize: 3 });
  void [text, digits, inline, later, nothing, handle, wrong];
}

function maps(pool: Pool): void {
  async function* later(): AsyncGenerator<number> {
    yield 1;
  }
  const halves: Promise<number[]> = pool.map(tasks.half, [1, 2]);
  const fromSet: Promise<number[]> = pool.map(tasks.half, new Set([1]));
  const fromLater: Promise<number[]> = pool.map(tasks.half, later());
  const lengths: Promise<number[]> = pool.map(tasks.lengthLater, 'ab');
  const weights: Promise<string[]> = pool.map(tasks.weigh, [{ grams: 1 }], { args: ['kg'] });
  const inferred: Promise<{ x: number }[]> = pool.map((x: number) => ({ x }), [1]);
  const handle: AsyncResult<number[]> = pool.mapAsync(tasks.half, [1], { callback: (all: number[]) => void all });
  const settled: Promise<PromiseSettledResult<number>[]> = pool.mapSettled(tasks.half, [1]);
  const star: Promise<string[]> = pool.starmap(tasks.weigh, [[{ grams: 1 }, 'g']]);
  const starHandle: AsyncResult<string[]> = pool.starmapAsync(tasks.weigh, [[{ grams: 1 }, 'g', 2]]);
  const lazy: AsyncIterableIterator<number> = pool.imap(tasks.half, later(), { bufferSize: 3 });
  const unordered: AsyncIterableIterator<number> = pool.imapUnordered(tasks.half, [1]);
  // @ts-expect-error: items of the wrong type
  void pool.map(tasks.half, ['a']);
  // @ts-expect-error: items of the wrong type in an async source
  void pool.map(tasks.lengthLater, later());
  // @ts-expect-error: nothing to iterate
  void pool.map(tasks.half, 5);
  // @ts-expect-error: the result is an array of numbers
  const wrong: Promise<string[]> = pool.map(tasks.half, [1]);
  // @ts-expect-error: lists of the wrong types
  void pool.starmap(tasks.weigh, [['5', 'g']]);
  // @ts-expect-error: no such schedule
  void pool.map(tasks.half, [1], { schedule: 'runtime' });
  // @ts-expect-error: a number or 'auto'
  void pool.map(tasks.half, [1], { chunksize: 'all' });
  // @ts-expect-error: bufferSize is imap's
  void pool.map(tasks.half, [1], { bufferSize: 3 });
  const constant: Promise<string[]> = pool.starmap(tasks.weigh, [[{ grams: 1 }, 'g'] as const]);
  void [halves, fromSet, fromLater, lengths, weights, inferred, handle, settled];
  void [star, starHandle, constant, lazy, unordered, wrong];
}

function typedArrays(pool: Pool): void {
  const shared: Promise<Float64Array<SharedArrayBuffer>> = pool.map(tasks.half, new Float64Array(3));
  const bytes: Promise<Uint8Array> = pool.map(tasks.half, Uint8Array.of(1));
  const bigs: Promise<BigInt64Array> = pool.map((x: bigint) => x * 2n, new BigInt64Array(3));
  const fromBuffer: Promise<Uint8Array> = pool.map(tasks.half, Buffer.from('x'));
  const handle: AsyncResult<Int8Array<SharedArrayBuffer>> = pool.mapAsync(tasks.half, Int8Array.of(1));
  // @ts-expect-error: the elements are bigints
  void pool.map(tasks.half, new BigInt64Array(3));
  // @ts-expect-error: a text is no element
  const texts: Promise<Float64Array> = pool.map((x: number) => String(x), new Float64Array(3));
  // @ts-expect-error: nor is it where nobody says what it is to become
  void pool.map((x: number) => String(x), new Float64Array(3));
  // @ts-expect-error: nor an object
  void pool.mapAsync((x: number) => ({ x }), new Float64Array(3));
  const settled: Promise<PromiseSettledResult<string>[]> = pool.mapSettled((x: number) => String(x), Int8Array.of(1));
  // @ts-expect-error: an Int8Array maps to an Int8Array
  const other: Promise<Float64Array> = pool.map(tasks.half, Int8Array.of(1));
  void [shared, bytes, bigs, fromBuffer, handle, texts, other, settled];
}

function ranges(pool: Pool): void {
  const done: Promise<void> = pool.parallelFor(tasks.fill, 100, { args: [new Float64Array(3)] });
  const sum: Promise<number> = pool.parallelReduce(tasks.sumOf, { start: 1, stop: 5 }, (a, b) => a + b, { initial: 0 });
  const list: Promise<number[]> = pool.parallelReduce(
    (start: number, stop: number) => [start, stop],
    5,
    (left, right) => [...left, ...right],
  );
  // @ts-expect-error: a range needs a stop
  void pool.parallelFor(tasks.fill, { start: 1 });
  // @ts-expect-error: ranges are numbers
  void pool.parallelFor(tasks.lengthLater, 10);
  // @ts-expect-error: combine takes what the task gives
  void pool.parallelReduce(tasks.sumOf, 10, (a: string, b: string) => a + b);
  void [done, sum, list];
}

function others(pool: Pool): void {
  const all: Promise<number[]> = pool.broadcast(tasks.half, [3]);
  // @ts-expect-error: the wrong argument
  void pool.broadcast(tasks.half, ['3']);
  const moved: Uint8Array<ArrayBuffer> = move(Uint8Array.of(1));
  // @ts-expect-error: nothing that can move
  move(5);
  const options: CallOptions = { signal: AbortSignal.abort(), timeout: 5, itemTimeout: 5 };
  same<ElementOf<Float32Array>, number>();
  same<ElementOf<BigUint64Array>, bigint>();
  const any: TypedArray = new Uint8ClampedArray(1);
  void [all, moved, options, any];
}

describe('the types', () => {
  test('infer arguments and results from the module, and refuse what does not fit', () => {
    // To run them would need threads, and show nothing: that they compile is the test.
    for (const part of [references, applies, maps, typedArrays, ranges, others]) expect(part).toHaveLength(1);
  });
});
