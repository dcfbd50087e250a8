/**
 * What ends a call besides its own outcome: its signal, its timeout, the end of the pool; and what refuses it: a pool
 * that takes no more calls, a queue that is full. So also the state of the pool, from open to ended.
 */
import { PoolClosedError, QueueFullError, TimeoutError } from '../errors.js';
import type { Site } from '../tasks/call-site.js';
import { onAbort } from '../tasks/on-abort.js';
import { placed } from '../tasks/placed.js';
import { describeCall } from './call-names.js';
import type { Engine, Settle } from './engine.js';
import type { Observers, ToldCall } from './observers.js';
import type { CallSettings } from './options.js';
import { GRACE_MS } from './stopping.js';
import type { TaskEntry } from './task-table.js';
import { startTimer } from './timer.js';

/** Starts a call's work; returns how to reject it. */
export type Start = (settle: Settle, told: ToldCall | undefined) => (error: unknown) => void;

export class CallLimits {
  readonly #engine: Engine;
  readonly #observers: Observers;
  readonly #maxQueue: number;
  #state: 'open' | 'closed' | 'terminated' = 'open';
  /** Calls whose promise is pending; the engine may not know of them yet. */
  readonly #pending = new Set<(error: unknown) => void>();
  /** Waiting for #pending to be empty. */
  #waiting: (() => void)[] = [];
  #ended: Promise<void> | undefined;
  /** The threads are ending, or have ended. */
  #over = false;

  constructor(engine: Engine, observers: Observers, maxQueue: number) {
    this.#engine = engine;
    this.#observers = observers;
    this.#maxQueue = maxQueue;
  }

  /** A promise for work under the call's limits: closed pools, full queues, signal and timeout. */
  call(
    settings: CallSettings,
    method: string,
    entry: TaskEntry,
    site: Site,
    start: Start,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#guard(
        settings,
        method,
        entry,
        site,
        (failed, value) => {
          if (failed) reject(value);
          else resolve(value);
        },
        start,
      );
    });
  }

  /** Starts work and settles it once: by its outcome, `signal`, `timeout` or the pool's end. */
  #guard(
    { signal, timeout }: CallSettings,
    method: string,
    entry: TaskEntry,
    site: Site,
    settle: Settle,
    start: Start,
  ): void {
    this.mustBeOpen(method);
    if (signal?.aborted === true) {
      settle(true, signal.reason);
      return;
    }
    this.mustHaveRoom(method);
    let told: ToldCall | undefined;
    let over = false;
    let given: { readonly error: unknown } | undefined;
    /** What ended it before its work could be cancelled: TypeScript does not see that callbacks do. */
    const stopped = (): { readonly error: unknown } | undefined => given;
    let cancelWork: ((error: unknown) => void) | undefined;
    let stopTimer = noCancel;
    let stopListening = noCancel;
    const finish = (failed: boolean, value: unknown): void => {
      if (over) return;
      over = true;
      stopTimer();
      stopListening();
      this.#pending.delete(cancel);
      told?.end(failed, value);
      settle(failed, value);
      if (this.#pending.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    };
    const cancel = (error: unknown): void => {
      if (over) return;
      given = { error };
      // The caller hears first; the work winds down behind its back.
      finish(true, error);
      cancelWork?.(error);
    };
    this.#pending.add(cancel);
    try {
      const teller = method === 'ready' ? undefined : this.#observers.call(method, entry.spec.label);
      // Who is told of a call's start may end the pool, and so the call.
      if (over) {
        teller?.end(true, stopped()?.error);
        return;
      }
      told = teller;
      cancelWork = start(finish, told);
    } catch (error) {
      finish(true, error);
      return;
    }
    // So may a source, an item's getter, or a task that ran on the caller: there was nothing to cancel yet.
    const reason = stopped();
    if (reason !== undefined) cancelWork(reason.error);
    if (over) return;
    if (signal !== undefined) {
      try {
        stopListening = onAbort(signal, cancel);
      } catch (error) {
        cancel(error); // it is no signal after all
        return;
      }
    }
    if (timeout !== Infinity) {
      stopTimer = startTimer(timeout, () => {
        const call = describeCall(method, entry);
        cancel(placed(new TimeoutError(`${call} was not done within its timeout of ${timeout} ms`), site));
      });
    }
  }

  mustBeOpen(method: string): void {
    if (this.#state === 'open') return;
    throw new PoolClosedError(`${method}() on a pool that was ${this.#state}: it takes no more calls`);
  }

  mustHaveRoom(method: string): void {
    const maxQueue = this.#maxQueue;
    if (!this.#engine.isFull(maxQueue)) return;
    const waiting = maxQueue === 1 ? '1 call waits' : `${maxQueue} calls wait`;
    throw new QueueFullError(`${method}(): ${waiting} already, as many as \`maxQueue\` allows; try again later`);
  }

  // ── The pool's end ─────────────────────────────────────────────────────────────────────────────

  close(): void {
    if (this.#state === 'open') this.#state = 'closed';
  }

  join(): Promise<void> {
    if (this.#state !== 'open') return (this.#ended ??= this.#drain());
    return Promise.reject(
      new Error('join() waits for a pool that takes no more calls: call close() or terminate() first'),
    );
  }

  terminate(): Promise<void> {
    if (this.#state === 'terminated') return this.#engine.end();
    this.#state = 'terminated';
    this.#over = true;
    const error = (): PoolClosedError => new PoolClosedError('The pool was terminated before this call was done');
    for (const cancel of [...this.#pending]) cancel(error());
    this.#engine.cancelAll(error);
    // A thread may be stuck outside of any task: after the grace none is asked any more.
    const stop = setTimeout(() => void this.#engine.end(), GRACE_MS);
    return (this.#ended ??= this.#drain()).finally(() => {
      clearTimeout(stop);
    });
  }

  /** For util.inspect. */
  get state(): string {
    return this.#state;
  }

  /** The threads are ending, or have ended. */
  get over(): boolean {
    return this.#over;
  }

  /** No call is left, then no thread. */
  async #drain(): Promise<void> {
    do {
      while (this.#pending.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      await this.#engine.idle();
      // An iterator that is being pulled asks for its next chunk in this turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (this.#pending.size > 0 || this.#engine.stats().queued + this.#engine.stats().running > 0);
    this.#over = true;
    await this.#engine.end();
  }
}

const noCancel = (): void => undefined;
