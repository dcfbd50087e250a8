import type { Endpoint } from 'comlink';
import type { MessagePort, Transferable } from 'node:worker_threads';

type Listener = (event: { readonly data: unknown }) => void;

/**
 * A port of Node's as comlink takes it. comlink's own adapter does the same, but its types do not resolve for an ES
 * module, and it starts the port anew with every request.
 */
export function endpoint(port: MessagePort): Endpoint {
  const listeners = new WeakMap<Listener, (data: unknown) => void>();
  const adapter = {
    postMessage: (message: unknown, transfer?: readonly Transferable[]) => {
      port.postMessage(message, transfer);
    },
    addEventListener: (_type: string, listener: Listener) => {
      const listen = (data: unknown): void => {
        listener({ data });
      };
      listeners.set(listener, listen);
      port.on('message', listen);
    },
    // Absent it would be looked for in Object.prototype.
    start: undefined,
    removeEventListener: (_type: string, listener: Listener) => {
      const listen = listeners.get(listener);
      if (listen !== undefined) port.off('message', listen);
      listeners.delete(listener);
    },
  };
  return adapter;
}
