/**
 * A process's own thread: loads what it is to run, runs it, and tells of the error that ends it.
 *
 * Most of the time that a process costs is the loading of files, about half a millisecond each. So this file imports
 * next to nothing: what only some processes need is imported when one does.
 */
import { parentPort } from 'node:worker_threads';
import type { encodeError } from '../tasks/error-encoder.js';
import type { Runnable } from '../tasks/evaluate.js';
import type { TaskSpec } from '../tasks/spec.js';
import { bootstrap, ENDING, LOADING, RUNNING } from './phase.js';
import type { Parcel, ProcessThreadData, Uncaught } from './protocol.js';

/**
 * Runs the thread's process. Never rejects: a failure is thrown as the thread's uncaught error. `loadClasses` makes
 * known the classes whose objects arrive as what they are.
 */
export async function serve(data: ProcessThreadData, loadClasses: () => Promise<unknown>): Promise<void> {
  const phase = new Int32Array(data.phase);
  // Told to end before it had begun.
  if (Atomics.load(phase, 0) === ENDING) process.exit();
  process.on('uncaughtExceptionMonitor', tell);
  try {
    bootstrap.loading = (data.subclass ?? moduleOf(data.target))?.module;
    const run = await load(data, loadClasses);
    bootstrap.loading = undefined;
    if (Atomics.compareExchange(phase, 0, LOADING, RUNNING) === ENDING) process.exit();
    await watched(run());
  } catch (error) {
    if (Atomics.load(phase, 0) === ENDING) process.exit();
    Atomics.compareExchange(phase, 0, LOADING, RUNNING);
    await encoderLoaded();
    const shown = await explained(error, data);
    // Thrown where nobody can catch it: an uncaught error, as of a program that has thrown.
    queueMicrotask(() => {
      throw shown;
    });
  }
}

/** All that can be imported beforehand is: once it runs, the thread may be ended at any moment. */
async function load(
  { target, args, subclass }: ProcessThreadData,
  loadClasses: () => Promise<unknown>,
): Promise<() => unknown> {
  if (isPacked(args) || (subclass !== undefined && isPacked(subclass.fields))) {
    // Before the user's module: of two copies of granule, the one that came first revives them.
    await loadClasses();
  }
  const values = (await unpack(args)) as unknown[];
  const fn = target === undefined ? undefined : await loadTarget(target);
  if (subclass !== undefined) {
    const fields = (await unpack(subclass.fields)) as Record<string, unknown>;
    const { loadInstance } = await import('./subclass-loading.js');
    const instance = await loadInstance(subclass, fields, fn, values);
    return () => instance.run();
  }
  return () => fn?.(...values);
}

const isPacked = (parcel: Parcel): parcel is Extract<Parcel, { packed: unknown }> => 'packed' in parcel;

async function unpack(parcel: Parcel): Promise<unknown> {
  if (!isPacked(parcel)) return parcel.bare;
  const { unpackMessage } = await import('../tasks/codec/message.js');
  return unpackMessage(parcel.packed);
}

async function loadTarget(spec: TaskSpec): Promise<Runnable> {
  if (spec.kind === 'source') return (await import('../tasks/evaluate.js')).evaluateSource(spec);
  // The usual case without load.js, whose subject are the others: a module that fails, a class, CommonJS.
  const module = await (import(spec.module) as Promise<Record<string, unknown>>).catch(() => undefined);
  const value = module?.[spec.name];
  const isFunction =
    typeof value === 'function' && Object.getOwnPropertyDescriptor(value, 'prototype')?.writable !== false;
  return isFunction ? (value as Runnable) : (await import('../tasks/load.js')).loadTask(spec);
}

function moduleOf(spec: TaskSpec | undefined): { readonly module: string } | undefined {
  return spec?.kind === 'module' ? spec : undefined;
}

// ─────────────────────────── What becomes of it ───────────────────────────

/** A result that nothing is left to settle would end the thread as if all were well. */
async function watched(result: unknown): Promise<void> {
  if (typeof (result as PromiseLike<unknown> | null | undefined)?.then !== 'function') {
    expectErrors();
    return;
  }
  const onDrained = (): void => {
    // Others' listeners may yet give the thread something to do.
    if (process.listenerCount('beforeExit') > 1) return;
    throw new Error(
      'The process waits for a promise that nothing can settle any more: no timer, message or socket is pending. ' +
        'Its function never returned.',
    );
  };
  process.on('beforeExit', onDrained);
  expectErrors();
  try {
    await result;
  } finally {
    process.off('beforeExit', onDrained);
  }
}

let encode: typeof encodeError | undefined;

async function encoderLoaded(): Promise<void> {
  encode = (await import('../tasks/error-encoder.js')).encodeError;
}

/**
 * The function has returned: only if the thread lives on can there be an error later, which can then be told as it is.
 * (One that is thrown before this file has been loaded arrives as Node itself sends errors.)
 */
function expectErrors(): void {
  setTimeout(() => void encoderLoaded(), 1).unref();
}

/** Before Node ends the thread, or a listener of the user's takes the error: the starter knows which by its exit. */
function tell(error: unknown): void {
  if (encode === undefined || parentPort === null) return;
  parentPort.postMessage({ granule: 'uncaught', error: encode(error) } satisfies Uncaught);
}

async function explained(error: unknown, { target, subclass }: ProcessThreadData): Promise<unknown> {
  if (subclass !== undefined) return (await import('./subclass-loading.js')).explainPrivate(error, subclass.name);
  if (target === undefined) return error;
  return (await import('../tasks/explain.js')).explain(error, target);
}
