/**
 * One port to a manager's thread, and the calls under way on it.
 *
 * comlink has no path for a thread that ends: a call that nobody answers stays pending. So each call is on record here
 * until it is answered, and the record is closed with the port. Node closes a port when the thread at its other end
 * has ended, in whatever way, after it has delivered all that was posted before: an answer that was sent arrives.
 *
 * What this file holds must not hold a proxy, but for the calls under way: an active port is never collected, and a
 * proxy that nobody else holds is to be (connection.ts).
 */
import type { MessagePort } from 'node:worker_threads';
import { ManagerClosedError } from '../errors.js';
import type { Site } from '../tasks/call-site.js';
import { bare } from '../tasks/own-options.js';
import { placed } from '../tasks/placed.js';
import { lifetimeOf, type Closable, type Ending, type Lifetime } from './lifetimes.js';

/** A call that has not been answered yet. */
export interface Pending {
  /** The call, for people: 'dict.get'. */
  readonly name: string;
  readonly site: Site;
  readonly reject: (error: unknown) => void;
  /** What must not be collected, and released, before the answer. */
  readonly holds: object;
}

/** How long a call waits, after its port was closed, to hear from the Worker why: its 'exit' comes within a moment. */
const PATIENCE_MS = 1_000;

const ELSEWHERE: Ending = { reason: 'the manager was shut down, or its thread ended' };

export class Line implements Closable {
  readonly #port: MessagePort;
  /** Only in the thread that started the manager. */
  readonly #lifetime: Lifetime | undefined;
  readonly #pending = new Set<Pending>();
  #ending: Ending | undefined;
  #idle: (() => void) | undefined;

  constructor(port: MessagePort, thread: number, isClosed: boolean) {
    this.#port = port;
    this.#lifetime = lifetimeOf(thread);
    this.#lifetime?.lines.add(this);
    const closed = (): void => {
      void this.#closed();
    };
    if (isClosed) closed();
    else port.once('close', closed);
    // A message that cannot be read may be an answer: nothing on this port is sure any more.
    port.once('messageerror', () => {
      port.close();
    });
    port.unref();
  }

  /** Why there will be no more answers. */
  get ending(): Ending | undefined {
    return this.#lifetime?.ending ?? this.#ending;
  }

  /** The program stays alive until settle(). */
  begin(call: Pending): void {
    if (this.#pending.size === 0) this.#port.ref();
    this.#pending.add(call);
  }

  /** False if it was settled before. */
  settle(call: Pending): boolean {
    if (!this.#pending.delete(call)) return false;
    if (this.#pending.size === 0) {
      this.#port.unref();
      this.#idle?.();
    }
    return true;
  }

  /** Calls back, now or later, when no call is under way. */
  whenIdle(then: () => void): void {
    if (this.#pending.size === 0) then();
    else this.#idle = then;
  }

  /** The error for a call that is made, or was under way, after the end. */
  errorFor({ name, site }: Pick<Pending, 'name' | 'site'>): ManagerClosedError {
    const { reason, cause } = bare(this.ending ?? ELSEWHERE);
    const options = cause === undefined ? undefined : { cause };
    return placed(new ManagerClosedError(`${name} was not answered: ${reason}`, options), site);
  }

  /** Rejects what is under way, and all that comes. */
  end(ending: Ending): void {
    this.#ending ??= ending;
    const pending = [...this.#pending];
    for (const call of pending) call.reject(this.errorFor(call));
    for (const call of pending) this.settle(call);
  }

  async #closed(): Promise<void> {
    const lifetime = this.#lifetime;
    lifetime?.lines.delete(this);
    // comlink's finalizer holds the port, and its listener what nobody will answer.
    this.#port.removeAllListeners('message');
    if (lifetime !== undefined && lifetime.ending === undefined && this.#pending.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([lifetime.ended, new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))]);
      clearTimeout(timer);
    }
    this.end(ELSEWHERE);
  }
}
