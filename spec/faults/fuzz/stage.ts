/** The objects whose methods are fuzzed, each in the state in which a right call returns at once. */
import { endCourier } from '#lib/channels/courier.js';
import {
  JoinableQueue,
  Manager,
  Pipe,
  Pool,
  Process,
  Queue,
  ShareableList,
  SharedMemory,
  type AsyncResult,
  type Connection,
  type DictProxy,
  type ListProxy,
  type ManagedProxy,
  type NamespaceProxy,
} from 'granule';

/** Pools that run things in threads, on the caller where it pays, and on the caller. */
const executions = ['threads', 'adaptive', 'inline'] as const;

/** Items that a queue may gather before it is emptied. */
const MOST_ITEMS = 64;

export class Stage implements AsyncDisposable {
  readonly pools = executions.map((execution) => new Pool({ threads: 2, execution, name: `fuzz ${execution}` }));
  readonly closedPool = new Pool({ threads: 1, execution: 'inline' });
  readonly result: AsyncResult<unknown> = this.pools[2].applyAsync((x: number) => x, [1]);
  readonly emptyQueue = new Queue();
  readonly fullQueue = new Queue(1);
  readonly closedQueue = new Queue();
  readonly joinable = new JoinableQueue();
  readonly #queue = new Queue();
  readonly closedBlock = new SharedMemory({ create: true, size: 8 });
  readonly list = new ShareableList(['text', 1, null, true]);
  readonly end: Connection;
  readonly silentEnd: Connection;
  readonly closedEnd: Connection;
  readonly #ends: readonly Connection[];
  readonly process = new Process();
  readonly manager: Manager;
  readonly closedManager: Manager;
  dict!: DictProxy<unknown, unknown>;
  items!: ListProxy<unknown>;
  namespace!: NamespaceProxy<Record<string, unknown>>;
  released!: ManagedProxy;

  private constructor(manager: Manager, closedManager: Manager) {
    this.manager = manager;
    this.closedManager = closedManager;
    this.closedPool.close();
    this.fullQueue.put(1);
    this.closedQueue.close();
    this.closedBlock.close();
    this.closedBlock.unlink();
    const [end, drain] = Pipe();
    const [silent, other] = Pipe();
    const [closed, third] = Pipe();
    closed.close();
    this.end = end;
    this.silentEnd = silent;
    this.closedEnd = closed;
    this.#ends = [end, drain, silent, other, third];
    this.#drain = drain;
  }
  readonly #drain: Connection;

  static async open(): Promise<Stage> {
    const stage = new Stage(await Manager.start(), await Manager.start());
    await stage.closedManager.shutdown();
    stage.process.start();
    await stage.process.join();
    await stage.#furnish();
    return stage;
  }

  async #furnish(): Promise<void> {
    const { manager } = this;
    this.dict = await manager.dict();
    this.items = await manager.list<unknown>([1, 2, 3]);
    this.namespace = await manager.namespace();
    this.released = await manager.dict();
    this.released[Symbol.dispose]();
  }

  /** Every so often: a thread costs as much as a hundred inputs that fail at the call. */
  mayStart(): boolean {
    return this.#starts++ % 16 === 0;
  }
  #starts = 0;

  /** A queue that has something to take. */
  filledQueue(): Queue {
    if (this.#queue.empty) this.#queue.put('item');
    return this.#queue;
  }

  /** A queue that has room. */
  roomyQueue(): Queue {
    if (this.#queue.size > MOST_ITEMS) while (!this.#queue.empty) this.#queue.get(0);
    return this.#queue;
  }

  /** An iterator that has begun. */
  iterator(): AsyncIterableIterator<unknown> {
    return this.pools[2].imap((x: number) => x, [1, 2, 3]);
  }

  /** What inputs have left is thrown away, and all is looked at as a program would use it. Throws what is wrong. */
  async check(): Promise<void> {
    while (this.#drain.poll()) this.#drain.recv();
    for (const pool of this.pools) {
      const squares = await pool.map((x: number) => x * x, [1, 2, 3]);
      expect(squares.join() === '1,4,9', `a map gave ${String(squares)}`);
      const threads = await pool.broadcast(() => 1);
      expect(threads.length === (pool === this.pools[2] ? 1 : 2), `${threads.length} threads answered a broadcast`);
      const { lostThreads, queued, running } = pool.stats();
      expect(lostThreads === 0, `${lostThreads} threads of the pool ${pool.stats().name} were lost`);
      expect(queued === 0 && running === 0, `${queued} calls wait and ${running} run with nobody waiting`);
    }
    await this.dict.clear();
    await this.items.clear();
    await this.items.push(1, 2, 3);
    expect((await this.items.length()) === 3, 'the manager’s list has lost its items');
    while (!this.#queue.empty) this.#queue.get(0);
    this.#queue.put('item');
    expect(this.#queue.get(0) === 'item', 'the queue does not give what was put');
    expect(({} as { polluted?: unknown }).polluted === undefined, 'Object.prototype was changed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) end.close();
    this.list.shm.close();
    this.list.shm.unlink();
    await Promise.all([...this.pools, this.closedPool].map((pool) => pool.terminate()));
    await this.manager.shutdown();
    await endCourier(); // for what went through queues; it would live as long as this thread
  }
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
