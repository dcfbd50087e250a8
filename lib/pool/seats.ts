/**
 * A seat: a thread's place in the pool, taken over by its replacement. What stands here is the caller's book of it.
 *
 * Its words in shared memory (SEAT in layout.ts) are its thread's to write while that lives, with the exceptions named
 * there. The caller sets them to 0 only while nobody sits there.
 */
import type { MessagePort, Worker } from 'node:worker_threads';
import * as L from './layout.js';
import type { WorkerEnd } from './pool-workers.js';

export interface Seat {
  readonly index: number;
  occupant: Occupant | undefined;
  /** piscina has a runner of this thread under way, for all we have heard. */
  running: boolean;
  /** The thread was woken by mail since piscina was called: it may serve though piscina's call has returned. */
  mailed: boolean;
  /** How often its thread was woken: it had come to an end before, each time. */
  wakes: number;
  /** Position up to which the caller has read the seat's completion ring. */
  doneHead: number;
}

export interface Occupant {
  readonly worker: Worker;
  readonly threadId: number;
  readonly port: MessagePort;
  /** Tasks and segments that this thread has been told of. */
  readonly tasks: Set<number>;
  readonly segments: Set<number>;
  /** Jobs whose mailed arguments it has. */
  readonly args: Set<number>;
  retired: boolean;
  /** It has thrown, or is being ended: nothing is given to it any more, though it has not exited yet. */
  ending: boolean;
  /** Its Worker was told to end. */
  terminated: boolean;
  /** What ended its runner though the thread lived: a fault of ours. */
  failure: unknown;
}

/** How a thread ended. */
export interface Exit extends WorkerEnd {
  /** It had done its maxTasksPerThread, or the pool was ending. */
  readonly expected: boolean;
}

/** Nobody sits there: before a thread takes the seat, and after its 'exit', when all that it left has been read. */
export function clearSeat(map: L.ControlMap, seat: Seat): void {
  const at = map.seat(seat.index);
  const { words, doubles } = map;
  if (Atomics.load(words, at + L.SEAT_STATE) === L.LINGERING) Atomics.sub(words, L.LINGERERS, 1);
  for (const word of [L.SEAT_STATE, L.SEAT_PRIVATE, L.SEAT_LOADING, L.SEAT_DONE_TAIL]) {
    Atomics.store(words, at + word, 0);
  }
  doubles[(at >> 1) + L.SEAT_BUSY] = 0;
  seat.doneHead = 0;
}
