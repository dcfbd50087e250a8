import { releaseProxy, transfer, wrap } from 'comlink';
import type { MessagePort, Transferable } from 'node:worker_threads';
import { GranuleError, SerializationError } from '../errors.js';
import type { Site } from '../tasks/call-site.js';
import { decodeError } from '../tasks/error-transport.js';
import { placed } from '../tasks/placed.js';
import { drop, unpack, type Packed } from './crossing.js';
import { endpoint } from './endpoint.js';
import { Line, type Pending } from './line.js';
import type { Reply, Request } from './protocol.js';

/** What comlink makes of a port: the function that is exposed at its other end. */
interface Exposed {
  (request: Request): Promise<Reply>;
  [releaseProxy](): void;
}

/** What goes with a request. */
export type Posted = Pick<Packed, 'transfer' | 'undo'>;

export const NOTHING: Posted = { transfer: [] };

/** A call as errors and stacks show it. */
export interface About {
  readonly name: string;
  readonly site: Site;
}

/**
 * Makes requests on a port to a manager's thread, and settles every one. comlink numbers requests and finds out when
 * this object is collected: it then asks the other side to let go, as release() does.
 */
export class Connection {
  readonly #thread: number;
  readonly #line: Line;
  readonly #exposed: Exposed;
  #released = false;

  /** `thread` is the manager's; `isClosed`: the port's end has been seen. */
  constructor(port: MessagePort, thread: number, isClosed = false) {
    this.#thread = thread;
    this.#exposed = wrap(endpoint(port)) as unknown as Exposed;
    this.#line = new Line(port, thread, isClosed);
  }

  /** There will be no more answers. */
  get isClosed(): boolean {
    return this.#line.ending !== undefined;
  }

  /** Resolves with the answer's value. `packed` is what the request was made of. */
  ask(request: Request, packed: Posted, { name, site }: About): Promise<unknown> {
    if (this.isClosed || this.#released) {
      packed.undo?.();
      return Promise.reject(this.#refusal(name, site));
    }
    return new Promise((resolve, reject) => {
      const call: Pending = { name, site, reject, holds: this };
      this.#line.begin(call);
      this.#post(request, packed).then(
        (reply) => {
          const isWanted = this.#line.settle(call);
          if (isFailure(reply)) {
            const task = { name, index: undefined, threadId: this.#thread };
            reject(decodeError(reply.error, { task, callStack: site.stack }));
            return;
          }
          try {
            if (isWanted) resolve(unpack(reply));
            else drop(reply);
          } catch (error) {
            reject(error);
          }
        },
        // comlink rejects where a message could not be posted, here or there.
        (cause: unknown) => {
          this.#line.settle(call);
          packed.undo?.();
          const message = `The arguments or the result of ${name} cannot cross to another thread: ${String(cause)}`;
          reject(placed(new SerializationError(message, { cause }), site));
        },
      );
    });
  }

  /** Calls under way are still answered, later ones reject. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#line.whenIdle(() => {
      this.#exposed[releaseProxy]();
    });
  }

  #post(request: Request, { transfer: moved }: Posted): Promise<Reply> {
    return this.#exposed(moved.length === 0 ? request : transfer(request, moved as Transferable[]));
  }

  #refusal(name: string, site: Site): Error {
    if (this.isClosed) return this.#line.errorFor({ name, site });
    return placed(new GranuleError(`${name} was called on a proxy that was released: ask for another one`), site);
  }
}

function isFailure(reply: Reply): reply is Extract<Reply, { error: unknown }> {
  return Object.hasOwn(reply, 'error');
}
