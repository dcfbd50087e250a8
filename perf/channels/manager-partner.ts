/** The other thread of a round trip: a bare Worker that answers each message, or a Map exposed by comlink alone. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as comlink from 'comlink';

export async function startPartner(kind: 'echo' | 'comlink'): Promise<Worker> {
  const worker = new Worker(new URL(import.meta.url), { workerData: kind });
  await once(worker, 'message');
  return worker;
}

/** What comlink takes for an endpoint. */
export function endpointOf(port: Pick<Worker, 'on' | 'off' | 'postMessage'>): comlink.Endpoint {
  const listeners = new WeakMap<object, (data: unknown) => void>();
  return {
    postMessage: (message: unknown, transfer?: never[]) => {
      port.postMessage(message, transfer);
    },
    addEventListener: (_type: string, listener: (event: unknown) => void) => {
      const listen = (data: unknown): void => {
        listener({ data });
      };
      listeners.set(listener, listen);
      port.on('message', listen);
    },
    removeEventListener: () => undefined,
  };
}

if (!isMainThread) {
  const map = new Map<unknown, unknown>();
  parentPort!.postMessage('ready');
  if (workerData === 'echo') {
    parentPort!.on('message', ([key, value]: [unknown, unknown]) => {
      map.set(key, value);
      parentPort!.postMessage(undefined);
    });
  } else {
    const set = (key: unknown, value: unknown): void => void map.set(key, value);
    comlink.expose({ set }, endpointOf(parentPort as never));
  }
}
