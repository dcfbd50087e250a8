/**
 * One end's line to the other: a MessagePort for the messages, and shared words to wait on, since a port alone cannot
 * be waited for by a thread that blocks. Words, in a SharedArrayBuffer of the pipe's own, `side` being 0 or 1:
 *
 *   CLOSED + side     0, then 1 for ever: that side was closed. Written by whoever holds it.
 *   ARRIVALS + side   an eventcount: something came for that side, or the other was closed
 *
 * Why no message is slept through. A sender posts, then wakes. postMessage() puts the message into the receiving
 * port's queue before it returns, whichever thread has the port and also while it is between threads; so whoever sees
 * the wake-up can receive the message. A receiver announces itself, reads the epoch, reads the port, and sleeps only on
 * that epoch: a message that came too late for its reading changes the epoch after it (eventcount.ts). One that is read
 * before its wake-up leaves a wake-up in vain. A sender that is ended between the two is made up for by the slow tick.
 *
 * Why nothing is lost at the end. A side is closed after its last post: a receiver that has read CLOSED and then finds
 * the port empty has read all. A side that goes without being closed (its thread ends, in whatever way; the message
 * with it is dropped unread) has its port closed by Node, which puts that as the last message into the other's queue.
 * The event loop tells with 'close'; in a thread that blocks, receiveMessageOnPort() takes that message and answers
 * nothing, and `isShut` tells. No table of threads is asked: it could say nothing of a side that is between two
 * threads, nor of threads that granule did not start.
 */
import { MessageChannel, receiveMessageOnPort, type MessagePort, type Transferable } from 'node:worker_threads';
import { Eventcount, EVENTCOUNT_WORDS } from '../sync/eventcount.js';
import { SLOW_TICK } from '../sync/futex.js';
import { isShut } from '../sync/port-end.js';
import { now } from '../sync/wait-options.js';
import { dropMessage } from '../tasks/codec/message.js';
import type { Primitive } from '../tasks/primitive.js';

const CLOSED = 0;
const ARRIVALS = 2;
const WORDS = ARRIVALS + 2 * EVENTCOUNT_WORDS;

/** Nothing has come yet. */
export const NOTHING = Symbol('nothing');
/** The other side is gone, and all that it sent has been read. */
export const END = Symbol('end');

/** What is posted: primitives as they are, all else packed, and what was transferred, in case it has to be again. */
export type Post = Packed | Primitive;
export interface Packed {
  readonly message: unknown;
  readonly transfer: readonly object[];
}

/** A line on its way to another thread. */
export interface LineData {
  /** Undefined if the other side is gone and all has been read. */
  readonly port: MessagePort | undefined;
  readonly memory: SharedArrayBuffer;
  readonly side: number;
  /** What poll() has received and nobody has taken yet. */
  readonly seen: { readonly post: Post } | undefined;
}

export function makeLines(): [Line, Line] {
  const { port1, port2 } = new MessageChannel();
  const memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
  return [
    new Line({ port: port1, memory, side: 0, seen: undefined }),
    new Line({ port: port2, memory, side: 1, seen: undefined }),
  ];
}

export class Line {
  readonly #port: MessagePort | undefined;
  readonly #words: Int32Array;
  readonly #side: number;
  readonly arrivals: Eventcount;
  readonly #others: Eventcount;
  #seen: { readonly post: Post } | undefined;
  /**
   * Node has closed the port because the other one is, and all that it sent has been read. The port is not touched any
   * more: to receive from one that tells its 'close' just then ends the process (Node 20 to 26).
   */
  #isEnded: boolean;
  #lookedAt = 0;

  constructor({ port, memory, side, seen }: LineData) {
    this.#port = port;
    this.#words = new Int32Array(memory);
    this.#side = side;
    this.#seen = seen;
    this.arrivals = new Eventcount(this.#words, ARRIVALS + side * EVENTCOUNT_WORDS);
    this.#others = new Eventcount(this.#words, ARRIVALS + (1 - side) * EVENTCOUNT_WORDS);
    this.#isEnded = port === undefined;
    port?.on('close', () => {
      this.#isEnded = true;
      this.arrivals.wake();
    });
  }

  /** Names the pipe. */
  get memory(): ArrayBufferLike {
    return this.#words.buffer;
  }

  /** The other side is known to be gone: what is posted now is read by nobody. */
  get isBroken(): boolean {
    return this.#isEnded || this.#otherIsClosed;
  }

  get #otherIsClosed(): boolean {
    return Atomics.load(this.#words, CLOSED + 1 - this.#side) === 1;
  }

  /** Throws what postMessage() throws, and then nothing was sent. */
  post(post: Post, transfer: readonly object[]): void {
    this.#port!.postMessage(post, transfer as Transferable[]);
    this.#others.wake();
  }

  /** Takes the next message. */
  take(): Post | typeof NOTHING | typeof END {
    const next = this.peek();
    this.#seen = undefined;
    return next;
  }

  /** The next message, which stays the next. */
  peek(): Post | typeof NOTHING | typeof END {
    if (this.#seen !== undefined) return this.#seen.post;
    if (this.#isEnded) return END;
    const isLast = this.#otherIsClosed; // before the port is read
    const received = receiveMessageOnPort(this.#port!);
    if (received !== undefined) {
      const post = received.message as Post;
      this.#seen = { post };
      return post;
    }
    return isLast || this.#isOver() ? END : NOTHING;
  }

  /** After a reading that found nothing. Asking Node takes 2 to 80 µs, and is of use once a tick. */
  #isOver(): boolean {
    const time = now();
    if (time - this.#lookedAt < SLOW_TICK / 2) return false;
    this.#lookedAt = time;
    return (this.#isEnded = isShut(this.#port!));
  }

  /** For another thread: this object is of no use any more, unless the post fails. */
  pack(): { readonly data: LineData; readonly transfer: readonly object[] } {
    const memory = this.#words.buffer as SharedArrayBuffer;
    this.#isEnded ||= isShut(this.#port!);
    const port = this.#isEnded ? undefined : this.#port;
    const data = { port, memory, side: this.#side, seen: this.#seen };
    const ports = port === undefined ? [] : [port];
    return { data, transfer: [...ports, ...transferOf(this.#seen?.post)] };
  }

  close(): void {
    if (isPacked(this.#seen?.post)) dropMessage(this.#seen.post.message);
    this.#seen = undefined;
    Atomics.store(this.#words, CLOSED + this.#side, 1);
    if (!this.#isEnded) this.#port!.close();
    this.#others.wake();
    this.arrivals.wake();
  }
}

export function isPacked(post: Post | symbol): post is Packed {
  return typeof post === 'object' && post !== null;
}

function transferOf(post: Post): readonly object[] {
  return isPacked(post) ? post.transfer : [];
}
