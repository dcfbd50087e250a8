/** One end of a Pipe. How values leave is in connection-send.ts, what goes on between the two in connection-line.ts. */
import { inspect } from 'node:util';
import { EOFError, PipeError, TimeoutError } from '../errors.js';
import { deadline, limits, NO_LIMITS, type Limits, type WaitOptions } from '../sync/wait-options.js';
import { CARRY, CARRY_CHECK, CARRY_ONCE, registerCarried, type CannotCarry, type Carriage } from '../tasks/carry.js';
import { unpackMessage } from '../tasks/codec/message.js';
import { END, isPacked, Line, NOTHING, type LineData, type Post } from './connection-line.js';
import { isPackingFor, sendOn } from './connection-send.js';

/** What an end is for: 'duplex' does both. */
export type Direction = 'duplex' | 'receive-only' | 'send-only';

/** An end that nothing refers to any more is closed, as if its thread had ended. */
const forgotten = new FinalizationRegistry<Line>((line) => {
  line.close();
});

/**
 * One end of a Pipe(). It belongs to one thread, and moves to another by being sent: in the arguments, items or result
 * of a pool's task, in a Process's args, or through another pipe, at any depth. From then on it is `closed` here.
 *
 * The other end reads all that was sent, then EOFError, once this one is closed, its thread has ended in whatever
 * way, or nothing refers to it any more and the garbage collector has found that out. A thread that blocks in recv()
 * sees a death within 250 ms. Python: multiprocessing.connection.Connection.
 */
export class Connection<T = unknown> implements Disposable {
  readonly #line: Line;
  readonly #direction: Direction;
  #state: 'open' | 'moved' | 'closed' = 'open';

  /** @internal */
  constructor(line: Line, direction: Direction) {
    this.#line = line;
    this.#direction = direction;
    forgotten.register(this, line, this);
  }

  /** Whether this end can be used no more: close() was called, or it has moved to another thread. */
  get closed(): boolean {
    return this.#state !== 'open';
  }

  /** Whether recv() and poll() work on this end: not on the second one of `Pipe({ duplex: false })`. */
  get readable(): boolean {
    return this.#direction !== 'send-only';
  }

  /** Whether send() works on this end: not on the first one of `Pipe({ duplex: false })`. */
  get writable(): boolean {
    return this.#direction !== 'receive-only';
  }

  // Sending

  /**
   * Sends a value, of any kind that a task's arguments can be; never blocks: what is not read yet waits in memory.
   * Values arrive in the order in which they were sent.
   *
   * @param transfer what of `value` moves instead of being copied, as if marked with move(): ArrayBuffers, typed
   *   arrays, ports
   * @throws SerializationError, with the path, if something in `value` cannot cross; PipeError if this end is closed or
   *   only receives, or the other end is known to be gone; TypeError if `transfer` lists what cannot move or is not in
   *   `value`. Nothing was sent, and nothing has moved then.
   */
  send(value: T, transfer?: readonly object[]): void {
    this.#mustBe(this.writable, 'send()', 'only receives');
    if (this.#line.isBroken) {
      throw new PipeError('Cannot send: the other end of the pipe is closed, or its thread has ended');
    }
    sendOn(this.#line, value, transfer);
  }

  // Receiving, blocking

  /**
   * Takes the next value; blocks the thread until there is one. Python: `recv`.
   *
   * @param timeout milliseconds; none: waits for ever; 0: tries once
   * @throws EOFError once the other end is gone and all that it sent has been taken; TimeoutError if the timeout
   *   passed first; PipeError if this end is closed or only sends
   */
  recv(timeout?: number): T {
    const until = deadline(timeout);
    this.#mustReceive('recv()');
    let post: Received = NOTHING;
    const attempt = (): boolean => (post = this.#line.take()) !== NOTHING;
    if (!attempt() && !this.#line.arrivals.wait(attempt, until)) throw late('recv()', timeout);
    return valueOf(post) as T;
  }

  /**
   * Whether recv() would return, or throw EOFError, at once. Python: `poll`, which is true at the end as well.
   *
   * @param timeout milliseconds to block until it is; default 0: only looks; Infinity: waits for ever
   * @throws PipeError if this end is closed or only sends
   */
  poll(timeout = 0): boolean {
    const until = deadline(timeout);
    this.#mustReceive('poll()');
    const { arrivals } = this.#line;
    const attempt = (): boolean => this.#line.peek() !== NOTHING;
    const isThere = attempt() || arrivals.wait(attempt, until);
    // What has been seen here is no news any more to those who wait for it.
    if (isThere && arrivals.queued) arrivals.wake();
    return isThere;
  }

  // Receiving, asynchronous

  /**
   * As recv(), without blocking the event loop. Calls are served in their order; one that was aborted or timed out
   * takes no value from those after it. The program lives on while one is pending, and not for an idle connection.
   *
   * @returns rejects as recv() throws, and with `signal.reason`; with PipeError if this end is closed meanwhile
   */
  async recvAsync(options?: WaitOptions): Promise<T> {
    const limit = limits(options);
    this.#mustReceive('recvAsync()');
    const post = await this.#next('recvAsync()', limit);
    if (post === NOTHING) throw late('recvAsync()', limit.timeout);
    return valueOf(post) as T;
  }

  async #next(method: string, limit: Limits): Promise<Received> {
    let post: Received = NOTHING;
    await this.#line.arrivals.waitAsync(() => {
      this.#mustReceive(method);
      return (post = this.#line.take()) !== NOTHING;
    }, limit);
    return post;
  }

  /** The values as they come, until the other end is gone; leaving the loop closes nothing. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<T> {
    for (;;) {
      this.#mustReceive('iteration');
      const post = await this.#next('iteration', NO_LIMITS);
      if (post === END) return;
      yield valueOf(post) as T;
    }
  }

  // Ending

  /**
   * Nothing more is sent or received here. What was sent can still be read at the other end, then EOFError; what was
   * not read here is gone. May be called again.
   */
  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    forgotten.unregister(this);
    this.#line.close();
  }

  /** close(), for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #mustReceive(method: string): void {
    this.#mustBe(this.readable, method, 'only sends');
  }

  #mustBe(able: boolean, method: string, what: string): void {
    if (this.#state === 'closed') {
      throw new PipeError(`${method} on a connection that was closed: make another Pipe()`);
    }
    if (this.#state === 'moved') {
      throw new PipeError(`${method} on a connection that has moved to another thread: use it there`);
    }
    if (!able) throw new PipeError(`${method} on an end of a pipe that ${what}; the other end does the rest`);
  }

  // Moving and showing

  /** @internal */
  get [CARRY_ONCE](): boolean {
    return true;
  }

  /** @internal */
  [CARRY_CHECK](): CannotCarry | undefined {
    if (this.#state === 'closed') return { what: 'a Connection that was closed', remedy: 'send it before' };
    if (this.#state === 'moved') {
      const remedy = 'an end goes to one thread, once: make a Pipe for each thread';
      return { what: 'a Connection that has moved to another thread already', remedy };
    }
    if (this.#line.arrivals.queued) {
      return { what: 'a Connection with a recvAsync() under way', remedy: 'await or abort that first' };
    }
    if (isPackingFor(this.#line)) {
      return { what: 'an end of the very pipe that it is sent through', remedy: 'send it another way' };
    }
    return undefined;
  }

  /** @internal */
  [CARRY](): Carriage {
    const { data, transfer } = this.#line.pack();
    this.#state = 'moved';
    forgotten.unregister(this);
    const undo = (): void => {
      this.#state = 'open';
      forgotten.register(this, this.#line, this);
    };
    return { type: 'Connection', data: { line: data, direction: this.#direction } satisfies Data, transfer, undo };
  }

  /** @internal */
  [inspect.custom](): string {
    const other = this.#state === 'open' && this.#line.isBroken ? ', other end closed' : '';
    return `Connection { ${this.#direction}, ${this.#state}${other} }`;
  }
}

interface Data {
  readonly line: LineData;
  readonly direction: Direction;
}

registerCarried('Connection', ({ line, direction }: Data) => new Connection(new Line(line), direction));

type Received = Post | typeof NOTHING | typeof END;

function valueOf(post: Received): unknown {
  if (post === END) throw new EOFError('The other end of the pipe is closed, and all that it sent has been read');
  return isPacked(post) ? unpackMessage(post.message) : post;
}

function late(method: string, timeout: number | undefined): TimeoutError {
  return new TimeoutError(`${method} got nothing within ${timeout} ms: allow more time, or see that somebody sends`);
}
