import { inspect, type InspectOptions } from 'node:util';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { callSite, type Site } from '../tasks/call-site.js';
import { refuseWhileLoading } from '../tasks/loading.js';
import { moduleUrl } from '../tasks/reference.js';
import { broken } from '../tasks/show.js';
import { entriesOf, itemsOf, propertiesOf } from './arguments.js';
import type { About } from './connection.js';
import { pack, packArguments, type Packed } from './crossing.js';
import type { Dict } from './dict.js';
import type { List } from './list.js';
import type { ManagerThread } from './manager-thread.js';
import type { Namespace } from './namespace.js';
import type { BuiltIn, ControlRequest, Shape } from './protocol.js';
import type { DictProxy, ListProxy, ManagedProxy, NamespaceProxy, Remote } from './proxies.js';
import { makeProxy } from './remote-object.js';

const UNCLONEABLE: unique symbol = Symbol.for('granule.uncloneable') as never;
const START = Symbol('Manager.start()');

/**
 * A thread that owns objects; the others reach them through proxies, which may be passed on to any thread. Python:
 * `multiprocessing.Manager()`. A Queue, a Lock and other objects over shared memory need no manager.
 *
 * The manager ends with the program, or with the thread that started it. It keeps the program alive only while a call
 * is under way.
 *
 * @example
 * await using manager = await Manager.start();
 * const counts = await manager.dict();
 * await pool.map(async (word, counts) => void (await counts.increment(word)), words, { args: [counts] });
 * await counts.entries();
 */
export class Manager implements AsyncDisposable {
  readonly #thread: ManagerThread;

  private constructor(thread: ManagerThread, by: symbol) {
    // JavaScript knows no private constructors.
    if (by !== START) throw new TypeError('Expected `await Manager.start()` in place of `new Manager()`');
    this.#thread = thread;
  }

  /** Starts a manager's thread; resolves when it is ready. */
  static async start(): Promise<Manager> {
    const site = callSite(Manager.start);
    // With it comes comlink: a program without managers has no use for it.
    const { ManagerThread } = await import('./manager-thread.js');
    return new Manager(await ManagerThread.start(site), START);
  }

  /** A dict of an object's own properties. Python: `manager.dict()`. */
  dict<V>(initial: Record<string, V>): Promise<DictProxy<string, V>>;
  /** A dict of these entries, or an empty one. Python: `manager.dict()`. */
  dict<K, V>(initial?: Iterable<readonly [K, V]> | Record<string, V>): Promise<DictProxy<K, V>>;
  async dict<K, V>(initial: Iterable<readonly [K, V]> | Record<string, V> = []): Promise<DictProxy<K, V>> {
    const site = callSite(this.dict);
    return this.#make<Dict<K, V>>('dict', entriesOf(initial, 'initial'), site);
  }

  /** A list of these items, or an empty one. Python: `manager.list()`. */
  async list<T>(initial: Iterable<T> = []): Promise<ListProxy<T>> {
    const site = callSite(this.list);
    return this.#make<List<T>>('list', itemsOf(initial), site);
  }

  /** A namespace of these values, or an empty one. Python: `manager.Namespace()`. */
  async namespace<T extends object = Record<string, unknown>>(initial: T = {} as T): Promise<NamespaceProxy<T>> {
    const site = callSite(this.namespace);
    const made: Promise<ManagedProxy> = this.#make<Namespace>('namespace', propertiesOf(initial), site);
    return made as Promise<NamespaceProxy<T>>;
  }

  /**
   * An instance of a class that a module exports, made in the manager's thread. Every method becomes async; a method
   * that is async already may interleave with others at its awaits. Python: `BaseManager.register`.
   *
   *     const account = await manager.create<typeof Account>(new URL('./account.js', import.meta.url), 'Account', 100);
   *     await account.withdraw(30);
   *
   * @param module a file: URL, as object or string, or an absolute path
   * @param name the class's name among the module's exports
   * @throws TypeError if the module has no such export, or it is no class; what loading the module or the constructor
   * throws
   */
  async create<C extends new (...args: any[]) => object>(
    module: URL | string,
    name: string,
    ...args: ConstructorParameters<C>
  ): Promise<Remote<InstanceType<C>>> {
    const site = callSite(this.create);
    const url = moduleUrl(module);
    if (typeof name !== 'string') throw new TypeError(broken('name', 'the name of an exported class', name));
    refuseWhileLoading(url, `create(${name})`);
    const packed = packArguments(args);
    const about = { name: `create(${name})`, site };
    return this.#obtain((port) => ({ do: 'create', module: url, name, args: packed.crossing, port }), packed, about);
  }

  /**
   * Ends the manager's thread: calls under way reject with ManagerClosedError, and so do all later ones, in every
   * thread. Resolves when the thread has ended: at most 500 ms later, unless it is loading a module. May be called
   * again.
   */
  shutdown(): Promise<void> {
    return this.#thread.end();
  }

  /** shutdown(), for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #make<T>(kind: BuiltIn, initial: unknown, site: Site): Promise<Remote<T>> {
    const packed = pack(initial, 'initial');
    return this.#obtain((port) => ({ do: 'make', kind, initial: packed.crossing, port }), packed, { name: kind, site });
  }

  /** Makes the proxy's port, and what answers at its other end. */
  async #obtain<T>(
    requestFor: (port: MessagePort) => ControlRequest,
    packed: Packed,
    about: About,
  ): Promise<Remote<T>> {
    const { control, id } = this.#thread;
    const { port1, port2 } = new MessageChannel();
    try {
      const shape = await control.ask(requestFor(port2), { ...packed, transfer: [...packed.transfer, port2] }, about);
      const data = { port: port1, thread: id, shape: shape as Shape };
      return makeProxy<T>(data, this.#thread.connect(port1));
    } catch (error) {
      port1.close();
      throw error;
    }
  }

  /** What to do instead of sending it to a thread. @internal */
  get [UNCLONEABLE](): string {
    return "send its objects' proxies, or start a manager there";
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { id, ended } = this.#thread;
    return `Manager { thread: ${inspect(id, options)}, ${ended ? 'closed' : 'open'} }`;
  }
}
