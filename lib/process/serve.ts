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

type LoadClasses = (types: readonly string[]) => Promise<unknown>;

/**
 * Runs the thread's process. Never rejects: a failure is thrown as the thread's uncaught error. `loadClasses` makes
 * known the classes of these types, so that what arrives is what was sent.
 */
export async function serve(data: ProcessThreadData, loadClasses: LoadClasses): Promise<void> {
  const phase = new Int32Array(data.phase);
  // Told to end before it had begun.
  if (Atomics.load(phase, 0) === ENDING) process.exit();
  process.on('uncaughtExceptionMonitor', tell);
  try {
    bootstrap.loading = (data.subclass ?? moduleOf(data.target))?.module;
    const run = await settled(load(data, loadClasses), 'The module that the process is to run, in a top-level await,');
    bootstrap.loading = undefined;
    if (Atomics.compareExchange(phase, 0, LOADING, RUNNING) === ENDING) process.exit();
    const result = run();
    expectErrors();
    if (isThenable(result)) await settled(result, 'The function of the process never returned: it');
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
  loadClasses: LoadClasses,
): Promise<() => unknown> {
  const packed = [args, ...(subclass === undefined ? [] : [subclass.fields])].filter(isPacked);
  // Before the user's module: of two copies of granule, the one that came first revives what arrives.
  if (packed.length > 0) await Promise.all([loadClasses(packed.flatMap(({ types }) => types)), loadCodec()]);
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

const loadCodec = (): Promise<typeof import('../tasks/codec/unpack.js')> => import('../tasks/codec/unpack.js');

async function unpack(parcel: Parcel): Promise<unknown> {
  if (!isPacked(parcel)) return parcel.bare;
  return (await loadCodec()).unpackMessage(parcel.packed);
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

/** A promise that nothing is left to settle would end the thread as if all were well: then that is its error. */
async function settled<T>(promise: PromiseLike<T>, who: string): Promise<T> {
  const refuse = (): never => {
    throw new Error(
      `${who} waits for a promise that nothing can settle any more: no timer, message or socket is pending`,
    );
  };
  const onDrained = (): void => {
    // Listeners of others may yet give the thread something to do. If not, 'exit' comes before anything else runs.
    process.on('exit', refuse);
    setImmediate(() => process.off('exit', refuse)).unref();
  };
  process.on('beforeExit', onDrained);
  try {
    return await promise;
  } finally {
    process.off('beforeExit', onDrained);
  }
}

/** As in ../tasks/thenable.js, without the import. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
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
