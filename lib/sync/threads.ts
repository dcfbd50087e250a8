/**
 * Which of granule's threads are alive: one table for the whole process, in shared memory.
 *
 * A thread appears in shared memory as its *token*, threadId + 1: never 0, and never used again,
 * because Node does not reuse thread ids. A lock stores its owner's token; the owner is alive as
 * long as the token stands in the table.
 *
 *   ROOT     token of the thread that made the table; names the table
 *   DEATHS   counts the ends of threads, so that others know when to look
 *   slots    THREAD: 0 free; token: alive; -token: past its last line of JavaScript, not yet joined
 *            PARENT: token of the thread that started it, 0 if not known
 *
 * Who writes: a thread claims a slot (0 → token) as it starts and may turn it to -token at its very
 * end; its parent does that for it where it sees the end while blocked (lifelines.ts), and clears the
 * slot on the Worker's 'exit', and not before: a terminated thread runs on to the end of a native call,
 * and its locks must not pass to others until then.
 *
 * Threads that granule did not start (a bare `new Worker`) are in no table but their own. They may
 * hold the locks of others, marked as *unwatched*: such an owner counts as alive for ever.
 */

import { threadId } from 'node:worker_threads';
import { GranuleError } from '../errors.js';
import { bare } from '../tasks/own-options.js';
import { threadState } from '../tasks/thread-state.js';

/** Threads that granule can have at a time. */
export const MAX_THREADS = 4096;

const ROOT = 0;
const DEATHS = 1;
const SLOTS = 2;
const THREAD = 0;
const PARENT = 1;
const WORDS_PER_SLOT = 2;

/** This thread's token. */
export const self = threadId + 1;

/** What this thread knows of the table. */
interface Home {
  memory?: SharedArrayBuffer;
}
const home = threadState<Home>('threads', () => bare({}));

let table: Int32Array | undefined;

function words(): Int32Array {
  const memory = threadTable();
  if (table?.buffer !== memory) table = new Int32Array(memory);
  return table;
}

// ─────────────────────────── Starting and ending threads ───────────────────────────

/**
 * The table, made on the first call in a thread that granule did not start. Whoever starts a thread
 * passes it on as `workerData.granule.threads`, and its own `threadId` as `workerData.granule.parent`.
 */
export function threadTable(): SharedArrayBuffer {
  if (home.memory === undefined) {
    home.memory = new SharedArrayBuffer((SLOTS + MAX_THREADS * WORDS_PER_SLOT) * Int32Array.BYTES_PER_ELEMENT);
    table = new Int32Array(home.memory);
    table[ROOT] = self;
    claim(table, 0);
  }
  return home.memory;
}

/** Called once by the entry of a thread that granule started, before any other code of granule's runs there. */
export function enterThread(memory: SharedArrayBuffer, parent?: number): void {
  home.memory = memory;
  const slots = words();
  const slot = claim(slots, parent === undefined ? 0 : parent + 1);

  // Lets even a blocked main thread see this end, which gets no 'exit' event. Only after the last
  // line of the program's own: with listeners still to come, the thread could still use what it holds.
  const onExit = () => {
    if (process.listeners('exit').at(-1) !== onExit) return;
    Atomics.compareExchange(slots, slot + THREAD, self, -self);
    Atomics.add(slots, DEATHS, 1);
  };
  process.on('exit', onExit);
}

/** Called by the thread that started it, on the Worker's 'exit', with the `threadId` noted while it lived. */
export function threadEnded(id: number): void {
  if (home.memory === undefined) return;
  const slots = words();
  for (const [slot] of slotsOfFamily(slots, id + 1)) {
    Atomics.store(slots, slot + PARENT, 0);
    Atomics.store(slots, slot + THREAD, 0);
  }
  Atomics.add(slots, DEATHS, 1);
}

/** Called by a blocked thread that started it, once it can run nothing any more and before its 'exit' is told. */
export function threadIsOver(id: number): void {
  const slots = words();
  for (const [slot, token] of slotsOfFamily(slots, id + 1)) {
    if (Atomics.compareExchange(slots, slot + THREAD, token, -token) === token) Atomics.add(slots, DEATHS, 1);
  }
}

/** The slots, and tokens, of a thread that has ended and of all that it had started: Node ends and joins them first. */
function* slotsOfFamily(slots: Int32Array, token: number): Iterable<readonly [slot: number, token: number]> {
  const family = new Set([token]);
  for (const one of family) {
    for (let slot = SLOTS; slot < slots.length; slot += WORDS_PER_SLOT) {
      const thread = Math.abs(Atomics.load(slots, slot + THREAD));
      if (thread === 0) continue;
      if (Atomics.load(slots, slot + PARENT) === one) family.add(thread);
      if (thread === one) yield [slot, thread];
    }
  }
}

function claim(slots: Int32Array, parent: number): number {
  for (let i = 0; i < MAX_THREADS; i++) {
    const slot = SLOTS + ((self + i) % MAX_THREADS) * WORDS_PER_SLOT;
    if (Atomics.compareExchange(slots, slot + THREAD, 0, self) === 0) {
      Atomics.store(slots, slot + PARENT, parent);
      return slot;
    }
  }
  throw new GranuleError(
    `granule can have ${MAX_THREADS} threads at a time, and has them: end some before starting more`,
  );
}

// ─────────────────────────── Asking ───────────────────────────

/** Names this thread's table: a bare Worker with a pool of its own has another than the main thread. */
export function tableId(): number {
  return words()[ROOT];
}

/** Whether this thread's table is that one; does not make one to find out. */
export function inTable(id: number): boolean {
  return home.memory !== undefined && words()[ROOT] === id;
}

/** Changes whenever a thread of the table ends. */
export function deaths(): number {
  return Atomics.load(words(), DEATHS);
}

/** Whether the thread of that token is alive, as far as this thread's table knows. */
export function isAlive(token: number): boolean {
  const slots = words();
  for (let i = 0; i < MAX_THREADS; i++) {
    if (Atomics.load(slots, SLOTS + ((token + i) % MAX_THREADS) * WORDS_PER_SLOT) === token) return true;
  }
  return false;
}
