/**
 * The subject in a loop, in a thread of its own: what a program without a pool would do. A thread measures one
 * subject in its life, so that V8 compiles each loop for it alone.
 */
import type { CarryingCosts } from '../../lib/lab/breakdown.js';
import { itemsOf, type Feed } from '../../lib/lab/feed.js';
import { markAt, markNothing } from '../../lib/lab/marks.js';
import { spreadOver } from '../../lib/lab/plan.js';
import { Witnesses } from '../../lib/lab/witnesses.js';
import { carryingCosts } from '../../lib/lab/carrying.js';
import type { Runnable } from '../../lib/tasks/evaluate.js';
import { loadTask } from '../../lib/tasks/load.js';
import { burn, setResult } from './burn.js';

let task: Runnable;
let items: readonly unknown[] = [];
let asynchronous = false;
let marks: Int32Array;
let witnesses = new Witnesses([]);
/** The subject changes its items: no loop may be given one that another has had. */
let changing = false;

/** Rejects with the module's own error, or with a TypeError where it has no such function. */
export async function load(module: string, name: string): Promise<void> {
  task = await loadTask({ kind: 'module', module, name, label: name });
}

/**
 * Makes the items: where the subject `changes` them, to be copied for each loop. Nanoseconds that one copy takes, 0 for
 * none. `memory` is that of lib/lab/marks.ts.
 */
export function prepare(feed: Feed, changes: boolean, memory: SharedArrayBuffer): number {
  items = itemsOf(feed);
  lastChosen = [];
  marks = new Int32Array(memory);
  changing = changes;
  witnesses = new Witnesses(changes ? [] : items);
  if (!changes) return 0;
  const some = choose(Math.min(COPIED, items.length));
  const began = performance.now();
  copyOf(some);
  return ((performance.now() - began) / some.length) * 1e6;
}

/** Runs the first item: is the function async, and what does it take, cold? Milliseconds. */
export async function start(): Promise<{ asynchronous: boolean; first: number; changed: boolean }> {
  markAt(marks, 0);
  const began = performance.now();
  try {
    const value = task(items[0]);
    asynchronous = typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
    setResult(await value);
  } catch (error) {
    throw failedAt(0, error);
  }
  const first = performance.now() - began;
  markNothing(marks);
  return { asynchronous, first, changed: witnesses.saw() };
}

/**
 * Milliseconds of a loop over `count` of the items that says where it stands, should the subject end its thread at one
 * of them, or never return: not a time to be told. And whether items were changed.
 */
export async function first(count: number): Promise<{ took: number; changed: boolean }> {
  const chosen = inputOf(choose(count));
  const place = spreadOver(items.length, count);
  const began = performance.now();
  let i = 0;
  try {
    for (; i < chosen.length; i++) {
      markAt(marks, place(i));
      const value = task(chosen[i]);
      if (asynchronous) await value;
    }
  } catch (error) {
    throw failedAt(place(i), error);
  }
  const took = performance.now() - began;
  markNothing(marks);
  return { took, changed: witnesses.saw() };
}

/**
 * Milliseconds of a loop over `count` of the items, `samples` times. A sample of less than `least` milliseconds is
 * made of as many repetitions as it takes.
 */
export async function loop(count: number, samples: number, least: number): Promise<number[]> {
  const chosen = choose(count);
  const place = spreadOver(items.length, count);
  return sampled(chosen, samples, least, (input) =>
    asynchronous ? runAsync(task, input, place) : run(task, input, place),
  );
}

/**
 * How much of an awaited loop this thread has nothing to do, 0 to 1: then it waits for a timer, the network, a disk,
 * and not for its processor.
 */
export async function waiting(count: number): Promise<number> {
  const input = inputOf(choose(count));
  const before = performance.eventLoopUtilization();
  await runAsync(task, input, spreadOver(items.length, count));
  return 1 - performance.eventLoopUtilization(before).utilization;
}

/** Milliseconds of each batch of `batch` items, over all items in their order, for no longer than `limit` ms. */
export async function batches(batch: number, limit: number): Promise<number[]> {
  const times: number[] = [];
  for (let from = 0, end = performance.now() + limit; from < items.length; from += batch) {
    const part = inputOf(items.slice(from, from + batch));
    if (batch === 1) markAt(marks, from);
    const place = (k: number): number => from + k;
    const began = performance.now();
    if (began >= end) break;
    if (asynchronous) await runAsync(task, part, place);
    else run(task, part, place);
    if (part.length === batch || from === 0) times.push(performance.now() - began);
  }
  markNothing(marks);
  return times;
}

/** As `loop`, of a task that takes `steps` steps. */
export async function burnLoop(steps: number, count: number, samples: number, least: number): Promise<number[]> {
  const chosen = choose(count);
  return sampled(chosen, samples, least, () => {
    const out = new Array<unknown>(chosen.length);
    for (let i = 0; i < chosen.length; i++) out[i] = burn(chosen[i], steps);
    kept = out;
  });
}

/** What carrying an item and its result costs, over `count` of the items. Runs the subject over them once. */
export async function carrying(count: number): Promise<CarryingCosts> {
  const chosen = choose(count);
  const place = spreadOver(items.length, count);
  const input = inputOf(chosen);
  if (asynchronous) await runAsync(task, input, place);
  else run(task, input, place);
  return carryingCosts(chosen, kept as readonly unknown[]);
}

/** Whatever a loop made, so that the compiler cannot leave the loop away. */
let kept: unknown;

function run(task: Runnable, chosen: readonly unknown[], place: (k: number) => number): void {
  const out = new Array<unknown>(chosen.length);
  let i = 0;
  try {
    for (; i < chosen.length; i++) out[i] = task(chosen[i]);
  } catch (error) {
    throw failedAt(place(i), error);
  }
  kept = out;
}

async function runAsync(task: Runnable, chosen: readonly unknown[], place: (k: number) => number): Promise<void> {
  const out = new Array<unknown>(chosen.length);
  let i = 0;
  try {
    for (; i < chosen.length; i++) out[i] = await task(chosen[i]);
  } catch (error) {
    throw failedAt(place(i), error);
  }
  kept = out;
}

async function sampled(
  chosen: readonly unknown[],
  samples: number,
  least: number,
  once: (input: readonly unknown[]) => Promise<void> | void,
): Promise<number[]> {
  const times: number[] = [];
  for (let repetitions = 1; times.length < samples; ) {
    const inputs = changing ? Array.from({ length: repetitions }, () => copyOf(chosen)) : undefined;
    const began = performance.now();
    for (let k = 0; k < repetitions; k++) {
      const promise = once(inputs === undefined ? chosen : inputs[k]);
      if (promise !== undefined) await promise;
    }
    const took = performance.now() - began;
    if (took >= least) times.push(took / repetitions);
    else repetitions = Math.min(repetitions * 100, Math.ceil((1.2 * repetitions * least) / Math.max(took, 1e-4)));
  }
  return times;
}

let lastChosen: readonly unknown[] = [];
function choose(count: number): readonly unknown[] {
  if (count === items.length) return items;
  if (lastChosen.length !== count) {
    const place = spreadOver(items.length, count);
    lastChosen = Array.from({ length: count }, (_, k) => items[place(k)]);
  }
  return lastChosen;
}

/** Items to copy, to see what that takes. */
const COPIED = 32;

/** What a loop may be given: the items, or copies. */
const inputOf = (chosen: readonly unknown[]): readonly unknown[] => (changing ? copyOf(chosen) : chosen);

function copyOf(chosen: readonly unknown[]): readonly unknown[] {
  return chosen.map((item) => structuredClone(item));
}

/** `item`: which of the items; `cause`: what the function threw. */
function failedAt(item: number, cause: unknown): Error {
  return Object.assign(new Error(`item ${item} failed`, { cause }), { item });
}
