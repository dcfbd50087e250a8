/**
 * What a manager's thread and the holders of its proxies say to each other: types, and no logic. comlink carries each
 * request as the one argument of a call of the exposed function, and the reply as its result; which belongs to which
 * is comlink's business. A `Crossing` is what of the user's is in them.
 */
import type { MessagePort } from 'node:worker_threads';
import type { ProcessInfo } from '../tasks/current-process.js';
import type { ErrorWire } from '../tasks/error-transport.js';

/** `workerData.granule` of a manager's thread. */
export interface ManagerThreadData {
  readonly kind: 'manager';
  /** What currentProcess() says there. */
  readonly name: string;
  readonly daemon: boolean;
  /** Process-wide table of living threads (lib/sync/threads.ts). */
  readonly threads: SharedArrayBuffer;
  /** The process's named memory (lib/memory/heap.ts). */
  readonly heap: SharedArrayBuffer;
  /** Id of the thread that started it. */
  readonly parent: number;
  /** Who that is. */
  readonly parentProcess: ProcessInfo;
  /** The other end of the Manager's own line: takes ControlRequests. */
  readonly control: MessagePort;
  /** By which a blocked starter sees this thread's end (lib/sync/lifelines.ts). */
  readonly lifeline: MessagePort;
  /** One word: how many modules are being loaded. Written by the manager's thread, read by who ends it. */
  readonly loading: SharedArrayBuffer;
}

/** What a proxy shows of its object. */
export interface Shape {
  /** 'class' for an instance that create() made. */
  readonly kind: BuiltIn | 'class';
  /** The class's name, for people. */
  readonly name: string;
  readonly methods: readonly string[];
  /** Own fields and accessors that are no methods: a proxy reads them. */
  readonly properties: readonly string[];
}

export type BuiltIn = 'dict' | 'list' | 'namespace';

/**
 * Values on their way: primitives as they are, which spares a short call a tenth of its time; all else as packMessage
 * makes it.
 */
export type Crossing = { readonly plain: unknown } | { readonly packed: unknown };

/** To an object, on the port of one of its proxies. */
export type ObjectRequest =
  | { readonly do: 'call'; readonly method: string; readonly args: Crossing }
  | { readonly do: 'read'; readonly property: string };

/**
 * To an object as well, but past comlink, which ignores it: one more proxy of the object is at the other end of this
 * port. So a proxy can be passed on before comlink is loaded, by a thread that ends before it would be.
 */
export interface Attachment {
  readonly attach: MessagePort;
}

/** To the manager itself. What is made is served on `port`; the reply is its Shape. */
export type ControlRequest =
  | { readonly do: 'greet' }
  | { readonly do: 'make'; readonly kind: BuiltIn; readonly initial: Crossing; readonly port: MessagePort }
  | {
      readonly do: 'create';
      readonly module: string;
      readonly name: string;
      readonly args: Crossing;
      readonly port: MessagePort;
    }
  /** Ends the thread as soon as no module is being loaded. */
  | { readonly do: 'end' };

export type Request = ObjectRequest | ControlRequest;

export type Reply = Crossing | { readonly error: ErrorWire };
