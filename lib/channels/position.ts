/**
 * What HEAD and TAIL say, in a word each, so that one atomic step changes all of it.
 *
 *   bits 0…26    a position: units of 8 bytes since the queue was made, modulo 2²⁷
 *   HEAD 27…31   log₂ of the ring's capacity in units
 *   TAIL 31      the queue is closed
 *
 * A position's place in the ring is the position modulo the capacity. Capacities are powers of two up
 * to 2²⁷, so both wrap around together.
 */

/** log₂ of the most units that a ring has: 1 GiB. */
export const MOST_LOG = 27;

export const POSITION = 2 ** MOST_LOG - 1;
export const CLOSED = 1 << 31;

/** Units from one position to another, later one. */
export function distance(from: number, to: number): number {
  return (to - from) & POSITION;
}

/** HEAD or TAIL so many units on, everything else as it was. */
export function advanced(word: number, units: number): number {
  return (word & ~POSITION) | ((word + units) & POSITION);
}

export function logOf(head: number): number {
  return head >>> MOST_LOG;
}

export function withLog(head: number, log: number): number {
  return (head & POSITION) | (log << MOST_LOG);
}
