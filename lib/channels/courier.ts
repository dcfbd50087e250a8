/**
 * How shared memory itself gets to a thread that is blocked: a message in a ring is bytes, and bytes
 * cannot name a SharedArrayBuffer that its reader has never seen.
 *
 * A thread that sends one hands it to its *courier*, a thread of its own that does nothing else and so
 * always answers; the message says whose courier has it, under which key. Who takes the message asks on
 * the courier's BroadcastChannel, and reads the answer from its own by receiveMessageOnPort(), which needs
 * no event loop. It asks again every few milliseconds: a courier that still starts has not heard it. A question may so
 * be answered twice; so what ends the keeping is not the answer, but the taker's word that it has the memory.
 *
 * A courier starts with the first such message (some 15 ms, in the background) and ends with its thread. It keeps the
 * memory until each message with it has been taken, or given up by who would have put it; of a taker that ended before
 * its word, for good. Who has had a memory once needs no answer: it knows the key.
 */

import { once } from 'node:events';
import { BroadcastChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { SerializationError } from '../errors.js';
import { sleep } from '../sync/futex.js';
import { isAlive, inTable, self, tableId } from '../sync/threads.js';
import { now } from '../sync/wait-options.js';
import { bare } from '../tasks/own-options.js';
import { threadState } from '../tasks/thread-state.js';

/** Where a message's memory is. */
export interface Parcel {
  /** The thread whose courier has it, and the table that knows that thread. */
  readonly thread: number;
  readonly table: number;
  readonly key: string;
}

/** After so many milliseconds without an answer the memory is given up, though its thread seems to live. */
const PATIENCE = 10_000;
const ASK_AGAIN = 20;

interface Known {
  readonly keys: WeakMap<SharedArrayBuffer, string>;
  readonly memories: Map<string, WeakRef<SharedArrayBuffer>>;
  count: number;
  courier?: Worker | undefined;
}
const known = threadState<Known>('parcels', () => bare({ keys: new WeakMap(), memories: new Map(), count: 0 }));

const forgotten = new FinalizationRegistry<string>((key) => {
  if (known.memories.get(key)?.deref() === undefined) known.memories.delete(key);
});

/** Runs in the courier, as source. It hears of memory from its thread, and from everybody who wants it, or has it. */
const COURIER = `
const { BroadcastChannel, parentPort, workerData } = require('node:worker_threads');
const kept = new Map();
function settle(key) {
  const parcel = kept.get(key);
  if (parcel !== undefined && --parcel.count === 0) kept.delete(key);
}
parentPort.on('message', ({ key, memory, isLast }) => {
  if (isLast) parentPort.postMessage(kept.size);
  if (memory === undefined) return settle(key);
  const parcel = kept.get(key) ?? { memory, count: 0 };
  parcel.count++;
  kept.set(key, parcel);
});
new BroadcastChannel(workerData).onmessage = ({ data: { key, answer, bell } }) => {
  if (answer === undefined) return settle(key);
  const parcel = kept.get(key);
  if (parcel === undefined) return;
  const channel = new BroadcastChannel(answer);
  channel.postMessage(parcel.memory);
  channel.close();
  Atomics.store(bell, 0, 1);
  Atomics.notify(bell, 0);
};
`;

function nameOf(table: number, thread: number): string {
  return `granule.courier:${table}:${thread}`;
}

/** Gives the memory to this thread's courier, for one message. */
export function send(memory: SharedArrayBuffer): Parcel {
  const key = keyFor(memory);
  known.courier ??= startCourier();
  known.courier.postMessage({ key, memory });
  return { thread: self, table: tableId(), key };
}

/** The message was not put. */
export function withdraw({ key }: Parcel): void {
  known.courier?.postMessage({ key });
}

function keyFor(memory: SharedArrayBuffer): string {
  const key = known.keys.get(memory) ?? `${tableId()}:${self}:${known.count++}`;
  note(key, memory);
  return key;
}

function note(key: string, memory: SharedArrayBuffer): void {
  if (known.memories.get(key)?.deref() === memory) return;
  known.keys.set(memory, key);
  known.memories.set(key, new WeakRef(memory));
  forgotten.register(memory, key);
}

function startCourier(): Worker {
  const options = { eval: true, workerData: nameOf(tableId(), self), execArgv: [] };
  const courier = new Worker(COURIER, bare(options));
  courier.unref();
  return courier;
}

/**
 * Ends this thread's courier, if it has one, and resolves with how many memories it kept. They are lost, and the next
 * one starts another courier: for specs.
 */
export async function endCourier(): Promise<number> {
  const { courier } = known;
  if (courier === undefined) return 0;
  known.courier = undefined;
  courier.ref();
  courier.postMessage({ isLast: true });
  const [kept] = (await once(courier, 'message')) as [number];
  await courier.terminate();
  return kept;
}

/** The memory, which a message that was taken here names. SerializationError if its thread has ended. */
export function fetch({ thread, table, key }: Parcel): SharedArrayBuffer {
  const here = known.memories.get(key)?.deref();
  const desk = new BroadcastChannel(nameOf(table, thread));
  try {
    const memory = here ?? ask(desk, thread, table, key);
    if (here === undefined) note(key, memory);
    desk.postMessage({ key });
    return memory;
  } finally {
    desk.close();
  }
}

let questions = 0;

function ask(desk: BroadcastChannel, thread: number, table: number, key: string): SharedArrayBuffer {
  const answer = `granule.parcel:${tableId()}:${self}:${questions++}`;
  const inbox = new BroadcastChannel(answer);
  const bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  try {
    const until = now() + PATIENCE;
    do {
      const isOver = inTable(table) && !isAlive(thread);
      desk.postMessage({ key, answer, bell });
      sleep(bell, 0, 0, ASK_AGAIN);
      // Node takes either; the types know of ports only.
      const received = receiveMessageOnPort(inbox as unknown as MessagePort);
      if (received !== undefined) return received.message as SharedArrayBuffer;
      if (isOver) break;
    } while (now() < until);
  } finally {
    inbox.close();
  }
  throw new SerializationError(
    `A message held shared memory of thread ${thread - 1}, which has ended before the message was taken: ` +
      'let a thread live until what it put has been taken',
  );
}
