/**
 * Proxies. This file is loaded in every thread that granule starts, since one may arrive there, and so loads little
 * itself: comlink and all that speaks it come with the first proxy (connection.ts), and calls that are made meanwhile
 * wait for them, in their order.
 */
import { inspect, type InspectOptions } from 'node:util';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { isShut } from '../sync/port-end.js';
import { callSite } from '../tasks/call-site.js';
import { CARRY, CARRY_CHECK, CARRY_ONCE, registerCarried, type CannotCarry, type Carriage } from '../tasks/carry.js';
import { packArguments } from './crossing.js';
import { prepared } from './arguments.js';
import type { About, Connection, Posted } from './connection.js';
import type { Attachment, ObjectRequest, Shape } from './protocol.js';
import type { Remote } from './proxies.js';

/** As registerCarried() knows proxies. */
const TYPE = 'manager.proxy';

/** What a proxy is made of, and sent as. */
export interface ProxyData {
  readonly port: MessagePort;
  /** The manager's. */
  readonly thread: number;
  readonly shape: Shape;
}

const NOTHING: Posted = { transfer: [] };

// Not methods: a class of the user's has the names to itself.
let call: (proxy: RemoteObject, method: string, args: readonly unknown[], below: Below) => Promise<unknown>;
let read: (proxy: RemoteObject, property: string, below: Below) => Promise<unknown>;
type Below = (...args: never[]) => unknown;

/** What all proxies are. The methods of an object are those of a subclass, which classOf() makes of its shape. */
export class RemoteObject {
  readonly #data: ProxyData;
  readonly #opening: Promise<Connection> | undefined;
  #connection: Connection | undefined;
  #isReleased = false;

  constructor(data: ProxyData, connection: Connection | Promise<Connection>) {
    this.#data = data;
    if (!('then' in connection)) {
      this.#connection = connection;
      return;
    }
    this.#opening = connection;
    connection.then(
      (open) => {
        this.#connection = open;
      },
      () => undefined, // each call tells
    );
  }

  static {
    call = async (proxy, method, given, below) => {
      const site = callSite(below);
      const { kind, name } = proxy.#data.shape;
      const args = (kind === 'class' ? undefined : prepared[kind][method])?.(given) ?? given;
      const packed = packArguments(args);
      return proxy.#ask({ do: 'call', method, args: packed.crossing }, packed, { name: `${name}.${method}`, site });
    };
    read = async (proxy, property, below) => {
      const about = { name: `${proxy.#data.shape.name}.${property}`, site: callSite(below) };
      return proxy.#ask({ do: 'read', property }, NOTHING, about);
    };
  }

  #ask(request: ObjectRequest, packed: Posted, about: About): Promise<unknown> {
    return (
      this.#connection?.ask(request, packed, about) ??
      this.#opening!.then((connection) => connection.ask(request, packed, about))
    );
  }

  [Symbol.dispose](): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#connection !== undefined) this.#connection.release();
    else this.#opening!.then((connection) => { connection.release(); }, () => undefined);
  }

  get [CARRY_ONCE](): boolean {
    return false;
  }

  [CARRY_CHECK](): CannotCarry | undefined {
    if (!this.#isReleased) return undefined;
    return { what: 'a proxy that was released', remedy: 'dispose of it when it has been sent, or ask for another one' };
  }

  /** If the manager has ended, the new port is closed by the failed post, and the proxy arrives closed. */
  [CARRY](): Carriage {
    const { port1, port2 } = new MessageChannel();
    const { port, thread, shape } = this.#data;
    port.postMessage({ attach: port1 } satisfies Attachment, [port1]);
    return {
      type: TYPE,
      data: { port: port2, thread, shape } satisfies ProxyData,
      transfer: [port2],
      undo: () => {
        port2.close();
      },
    };
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    const state = this.#isReleased ? 'released' : this.#connection?.isClosed === true ? 'closed' : 'open';
    return `${this.constructor.name} { manager: thread ${inspect(this.#data.thread, options)}, ${state} }`;
  }
}

registerCarried(TYPE, (data: ProxyData) => makeProxy(data, connect(data)));

/** The proxy of the object that is served at the other end of the port. */
export function makeProxy<T>(data: ProxyData, connection: Connection | Promise<Connection>): Remote<T> {
  const proxy = new (classOf(data.shape))(data, connection);
  // `dict.key = value` would stay here, and be lost; as it is, the language refuses it.
  return Object.preventExtensions(proxy) as unknown as Remote<T>;
}

async function connect({ port, thread }: ProxyData): Promise<Connection> {
  // The message may have lain unread while the manager ended: that event has been then.
  let isClosed = isShut(port);
  if (!isClosed) port.once('close', () => (isClosed = true));
  const { Connection } = await import('./connection.js');
  return new Connection(port, thread, isClosed);
}

const classes = new Map<string, typeof RemoteObject>();
const MAX_CLASSES = 1024;

/** The proxies of one class of objects have one class: DictProxy, AccountProxy. */
function classOf(shape: Shape): typeof RemoteObject {
  const key = JSON.stringify(shape);
  let made = classes.get(key);
  if (made === undefined) {
    made = makeClass(shape);
    if (classes.size >= MAX_CLASSES) classes.clear();
    classes.set(key, made);
  }
  return made;
}

function makeClass({ name, methods, properties }: Shape): typeof RemoteObject {
  const made = class extends RemoteObject {};
  const type = `${name[0].toUpperCase()}${name.slice(1)}Proxy`;
  Object.defineProperty(made, 'name', { value: type, configurable: true });
  for (const method of methods) {
    const value = function (this: RemoteObject, ...args: unknown[]): Promise<unknown> {
      return call(this, method, args, value);
    };
    Object.defineProperty(value, 'name', { value: method, configurable: true });
    Object.defineProperty(made.prototype, method, { value, configurable: true, writable: true });
  }
  for (const property of properties) {
    const get = function (this: RemoteObject): Promise<unknown> {
      return read(this, property, get);
    };
    Object.defineProperty(made.prototype, property, { get, configurable: true });
  }
  return made;
}
