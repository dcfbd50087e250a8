/**
 * Threads that hand each other items: bare Workers that put or take a number of them whenever they are told to, until
 * they are ended.
 */
import { once } from 'node:events';
import { isMainThread, MessageChannel, parentPort, Worker, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { fromShared, toShared, type Queue } from 'granule';

export type What = 'integers' | 'bytes';

interface Role {
  readonly does: 'put' | 'get' | 'post' | 'receive' | 'answer';
  readonly what: What;
  readonly count: number;
  readonly queue?: unknown;
  readonly answers?: unknown;
  readonly port?: MessagePort;
}

export interface Partners {
  /** Has all of them do their work once; resolves with the sum of what was taken. */
  readonly run: () => Promise<number>;
  readonly close: () => Promise<unknown>;
}

/** As large as a page. */
const BYTES = 4096;

/** What a thread takes in all that puts or gets so many. */
export const sumOf = (what: What, count: number): number =>
  what === 'integers' ? (count * (count - 1)) / 2 : count * BYTES;

/** So many threads put `count` items each, and as many take as many. */
export function throughQueue(queue: Queue, what: What, count: number, pairs = 1): Promise<Partners> {
  const shared = { what, count, queue: toShared(queue) };
  return partners(Array.from({ length: pairs }, () => [
    { ...shared, does: 'put' } as const,
    { ...shared, does: 'get' } as const,
  ]).flat());
}

export function throughPort(what: What, count: number): Promise<Partners> {
  const { port1, port2 } = new MessageChannel();
  return partners([{ does: 'post', what, count, port: port1 }, { does: 'receive', what, count, port: port2 }]);
}

/** A thread that sends back what comes, for ever. */
export async function answering(queue: Queue, answers: Queue): Promise<Worker> {
  const shared = { queue: toShared(queue), answers: toShared(answers) };
  const [worker] = await start([{ does: 'answer', what: 'integers', count: 0, ...shared }]);
  return worker;
}

async function partners(roles: readonly Role[]): Promise<Partners> {
  const workers = await start(roles);
  return {
    run: async () => {
      const done = Promise.all(workers.map((worker) => once(worker, 'message') as Promise<[taken: number]>));
      for (const worker of workers) worker.postMessage('go');
      return (await done).reduce((sum, [taken]) => sum + taken, 0);
    },
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

async function start(roles: readonly Role[]): Promise<Worker[]> {
  const workers = roles.map((role) => {
    const transferList = role.port === undefined ? [] : [role.port];
    return new Worker(new URL(import.meta.url), { workerData: role, transferList });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return workers;
}

function serve(role: Role): void {
  const { does, what, count, port } = role;
  const bytes = new Uint8Array(BYTES);
  const item = (i: number): unknown => (what === 'integers' ? i : bytes);
  const done = (taken: number): void => { parentPort!.postMessage(taken); };
  const worth = (taken: unknown): number => (what === 'integers' ? (taken as number) : (taken as Uint8Array).length);
  if (does === 'receive') {
    let [received, sum] = [0, 0];
    port!.on('message', (item: unknown) => {
      sum += worth(item);
      if (++received < count) return;
      done(sum);
      received = sum = 0;
    });
  } else if (does === 'post') {
    parentPort!.on('message', () => {
      for (let i = 0; i < count; i++) port!.postMessage(item(i));
      done(0);
    });
  } else {
    const queue = fromShared<Queue>(role.queue);
    parentPort!.on('message', () => {
      let sum = 0;
      if (does === 'put') for (let i = 0; i < count; i++) queue.put(item(i));
      else for (let i = 0; i < count; i++) sum += worth(queue.get());
      done(sum);
    });
  }
  parentPort!.postMessage('ready');
  if (does !== 'answer') return;
  const [queue, answers] = [fromShared<Queue>(role.queue), fromShared<Queue>(role.answers)];
  for (;;) answers.put(queue.get());
}

if (!isMainThread) serve(workerData as Role);
