import { readOptions } from '../tasks/option-names.js';
import { broken } from '../tasks/show.js';
import { makeLines } from './connection-line.js';
import { Connection } from './connection.js';

/** Options of Pipe(). */
export interface PipeOptions {
  /** Default true: both ends send and receive. false: the first only receives, the second only sends. */
  duplex?: boolean | undefined;
}

/**
 * Two connected ends, for two threads: what one sends the other receives, in order. Python: multiprocessing.Pipe.
 *
 *     const [here, there] = Pipe<number>();
 *     const sum = pool.apply(sumUp, [there]);   // moves that end to the task's thread
 *     here.send(1);
 *
 * An end moves to one thread, once. Passing it again, or to several threads (initargs, the args of a map, a
 * broadcast), is a SerializationError at the call, and the end stays where it is.
 *
 * @throws TypeError for a wrong option
 */
export function Pipe<T = unknown>(options?: PipeOptions): [Connection<T>, Connection<T>] {
  const { duplex = true } = readOptions(options, '{ duplex: false }', 'duplex');
  if (typeof duplex !== 'boolean') throw new TypeError(broken('duplex', 'a boolean', duplex));
  const [first, second] = makeLines();
  return [
    new Connection<T>(first, duplex ? 'duplex' : 'receive-only'),
    new Connection<T>(second, duplex ? 'duplex' : 'send-only'),
  ];
}
