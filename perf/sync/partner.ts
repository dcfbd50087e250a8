/**
 * The other thread of a hand-over: a bare Worker that answers for ever, until it is ended.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, receiveMessageOnPort, Worker, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { fromShared, toShared, type Barrier, type Event } from 'granule';

type Answers =
  | { readonly kind: 'events'; readonly ping: unknown; readonly pong: unknown }
  | { readonly kind: 'words'; readonly words: Int32Array }
  | { readonly kind: 'messages'; readonly words: Int32Array; readonly port: MessagePort }
  | { readonly kind: 'barrier'; readonly barrier: unknown };

export const PING = 0;
export const PONG = 1;

/** What one side does: the word is 1 while it is the other's turn to look. */
export function tell(words: Int32Array, index: number): void {
  Atomics.store(words, index, 1);
  Atomics.notify(words, index, 1);
}

export function hear(words: Int32Array, index: number): void {
  while (Atomics.load(words, index) === 0) Atomics.wait(words, index, 0);
  Atomics.store(words, index, 0);
}

/** Resolves when the thread is at its loop. */
async function start(answers: Answers): Promise<Worker> {
  const transferList = answers.kind === 'messages' ? [answers.port] : [];
  const worker = new Worker(new URL(import.meta.url), { workerData: answers, transferList });
  await once(worker, 'message');
  return worker;
}

export const answerEvents = (ping: Event, pong: Event): Promise<Worker> =>
  start({ kind: 'events', ping: toShared(ping), pong: toShared(pong) });
export const answerWords = (words: Int32Array): Promise<Worker> => start({ kind: 'words', words });
/** Sends back each message that it is told of. */
export const answerMessages = (words: Int32Array, port: MessagePort): Promise<Worker> =>
  start({ kind: 'messages', words, port });
export const meetAt = (barrier: Barrier): Promise<Worker> => start({ kind: 'barrier', barrier: toShared(barrier) });

function answer(answers: Answers): never {
  if (answers.kind === 'barrier') {
    const barrier = fromShared<Barrier>(answers.barrier);
    for (;;) barrier.wait();
  }
  if (answers.kind === 'words') {
    for (;;) {
      hear(answers.words, PING);
      tell(answers.words, PONG);
    }
  }
  if (answers.kind === 'messages') {
    for (;;) {
      hear(answers.words, PING);
      answers.port.postMessage((receiveMessageOnPort(answers.port) as { message: unknown }).message);
      tell(answers.words, PONG);
    }
  }
  const [ping, pong] = [fromShared<Event>(answers.ping), fromShared<Event>(answers.pong)];
  for (;;) {
    ping.wait();
    ping.clear();
    pong.set();
  }
}

if (!isMainThread) {
  parentPort!.postMessage('ready');
  answer(workerData as Answers);
}
