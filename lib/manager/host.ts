/**
 * The manager's thread: makes objects, and serves each on a port of its own for every proxy. The port's listener is
 * all that holds the object here: comlink's finalizer closes the port when the proxy at its other end is released or
 * collected, and Node closes it when that proxy's thread has ended. The open ports keep the thread alive: once nobody
 * holds the Manager nor any proxy, and no object has timers or sockets of its own, it ends.
 */
import { expose, finalizer, transfer } from 'comlink';
import type { MessagePort, Transferable } from 'node:worker_threads';
import { encodeError } from '../tasks/error-transport.js';
import { loadClass } from '../tasks/load.js';
import { asLoading } from '../tasks/loading.js';
import { isThenable } from '../tasks/thenable.js';
import { pack, unpack } from './crossing.js';
import { Dict } from './dict.js';
import { endpoint } from './endpoint.js';
import { List } from './list.js';
import { Namespace } from './namespace.js';
import type {
  Attachment,
  ControlRequest,
  ManagerThreadData,
  ObjectRequest,
  Reply,
  Request,
  Shape,
} from './protocol.js';
import { shapeOf } from './shape.js';

type Perform<R extends Request> = (request: R) => unknown;

export class Host {
  readonly #loading: Int32Array;
  readonly #loads = new Set<Promise<unknown>>();

  constructor({ control, loading }: ManagerThreadData) {
    this.#loading = new Int32Array(loading);
    serve<ControlRequest>(control, (request) => this.#control(request));
  }

  #control(request: ControlRequest): Promise<Shape> | Shape | undefined {
    switch (request.do) {
      case 'greet':
        return undefined;
      case 'make': {
        const { kind, initial } = request;
        return serveObject(kind, makeBuiltIn(kind, unpack(initial)), request.port);
      }
      case 'create':
        return this.#create(request);
      case 'end':
        void this.#end();
        return undefined;
    }
  }

  async #create({ module, name, args, port }: ControlRequest & { readonly do: 'create' }): Promise<Shape> {
    const list = unpack(args) as unknown[];
    const spec = { kind: 'module', module, name, label: name } as const;
    const load = asLoading(spec, () => loadClass(spec));
    Atomics.add(this.#loading, 0, 1);
    this.#loads.add(load);
    try {
      const Class = await load;
      return serveObject('class', new Class(...list), port);
    } finally {
      this.#loads.delete(load);
      Atomics.sub(this.#loading, 0, 1);
    }
  }

  /** Ending a thread in the midst of a top-level await kills the whole process on Node 22 to 26. */
  async #end(): Promise<void> {
    await Promise.allSettled(this.#loads);
    process.exit();
  }
}

function makeBuiltIn(kind: 'dict' | 'list' | 'namespace', initial: unknown): object {
  switch (kind) {
    case 'dict':
      return new Dict(initial as Map<unknown, unknown>);
    case 'list':
      return new List(initial as unknown[]);
    case 'namespace':
      return new Namespace(initial as object);
  }
}

function serveObject(kind: Shape['kind'], object: object, port: MessagePort): Shape {
  attach(object, port);
  return shapeOf(kind, object);
}

function attach(object: object, port: MessagePort): void {
  serve<ObjectRequest>(port, (request) => {
    switch (request.do) {
      case 'call': {
        const method = (object as Record<string, (...args: unknown[]) => unknown>)[request.method];
        return Reflect.apply(method, object, unpack(request.args) as unknown[]);
      }
      case 'read':
        return (object as Record<string, unknown>)[request.property];
    }
  });
  port.on('message', (message: Partial<Attachment> | null) => {
    if (message?.attach !== undefined) attach(object, message.attach);
  });
}

/** Nothing is thrown to comlink, which would keep the message and the stack of an error, and no more. */
function serve<R extends Request>(port: MessagePort, perform: Perform<R>): void {
  const answer = (request: R): Reply | Promise<Reply> => {
    try {
      const result = perform(request);
      if (!isThenable(result)) return replyOf(result);
      return Promise.resolve(result).then(replyOf).catch(errorReply);
    } catch (error) {
      return errorReply(error);
    }
  };
  const close = (): void => {
    port.close();
  };
  // Who sent what cannot be read waits for an answer: the port's end is one.
  port.once('messageerror', close);
  expose(Object.assign(answer, { [finalizer]: close }), endpoint(port));
}

function replyOf(result: unknown): Reply {
  const { crossing, transfer: moved } = pack(result, 'result');
  return moved.length === 0 ? crossing : transfer(crossing, moved as Transferable[]);
}

function errorReply(error: unknown): Reply {
  return { error: encodeError(error) };
}
