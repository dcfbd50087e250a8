/** The threads of one pool, as they come and go. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Pool, ThreadLostEvent, ThreadReplacedEvent, ThreadStartEvent } from 'granule';
import type { Turn } from './part.js';

/** A pool that is not at its size again by then never will be. */
const PATIENCE = 60_000;
const SOON = 1_000;

export class Crew implements Disposable {
  /** Of this process, by the ids that they had. */
  readonly #workers = new Map<number, Worker>();
  readonly #present = new Set<number>();
  /** Of deaths that no thread has come for yet, the oldest first. */
  readonly #ended: number[] = [];
  readonly #listeners: readonly (readonly [string, (message: unknown) => void])[];
  /** Threads that ended, also those that the pool has ended. */
  deaths = 0;
  /** Of those, the ones that the pool did not mean to end. */
  lost = 0;
  /** Deaths after which it took more than a second until as many threads had come as had ended. */
  late = 0;

  /** Made before the pool, whose name no other has. */
  constructor(pool: string, turn: Turn) {
    this.#listeners = [
      [
        'worker_threads',
        (message) => {
          const { worker } = message as { worker: Worker };
          const { threadId } = worker;
          this.#workers.set(threadId, worker);
          worker.once('exit', () => {
            this.#workers.delete(threadId);
            if (!this.#present.delete(threadId)) return;
            this.deaths++;
            this.#ended.push(performance.now());
          });
        },
      ],
      [
        'granule:thread:start',
        (message) => {
          const event = message as ThreadStartEvent;
          if (event.pool === pool) this.#present.add(event.threadId);
        },
      ],
      [
        'granule:thread:lost',
        (message) => {
          if ((message as ThreadLostEvent).pool === pool) this.lost++;
        },
      ],
      [
        'granule:thread:replaced',
        (message) => {
          if ((message as ThreadReplacedEvent).pool !== pool) return;
          // Not by seat: the lowest free one is taken first, so another is empty for as long as threads go on to end.
          const after = performance.now() - this.#ended.shift()!;
          turn.sample('ms to full size', after);
          if (after > SOON) this.late++;
        },
      ],
    ];
    for (const [channel, listener] of this.#listeners) subscribe(channel, listener);
  }

  /** Those that have said hello and have not ended. */
  get present(): readonly Worker[] {
    return [...this.#present].flatMap((id) => this.#workers.get(id) ?? []);
  }

  /** Resolves once the pool has all its threads, each of which answers. */
  async complete(pool: Pool, turn: Turn): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    const all = (): boolean => this.#present.size === pool.threads;
    const here = async (): Promise<number> => (await import('node:worker_threads')).threadId;
    for (;;) {
      while (!all() && performance.now() < deadline) await sleep(1);
      if (!all()) turn.violation(`after a minute the pool has ${this.#present.size} of its ${pool.threads} threads`);
      const ids = new Set(await pool.broadcast(here));
      // One may have ended by what a task had left behind: then the pool was not at its size.
      if (ids.size === pool.threads && all()) return;
      if (performance.now() > deadline) turn.violation(`only ${ids.size} of ${pool.threads} threads answer`);
    }
  }

  [Symbol.dispose](): void {
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener);
  }
}
