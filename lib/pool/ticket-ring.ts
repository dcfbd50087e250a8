/**
 * The ring of tickets, as it is walked: which is next, whether one waits, how many do. The caller posts (boards.ts).
 *
 * RING_HEAD is read before RING_TAIL: the head never passes the tail, but may pass a tail that was read before it. The
 * caller, who alone moves the tail, need not mind.
 *
 * Invariant: nothing waits that RING_HEAD has passed. An entry waits while its ticket is QUEUED and names the entry's
 * position; once it does not, it never does again; and RING_HEAD is moved, by compare-exchange, over such entries only.
 *
 * Between the look at a ticket and the exchange that claims it, it may have been taken, given back and posted anew. It
 * is then claimed where it is now: who has claimed a ticket reads its board, and looks again whether that is held.
 */
import * as L from './layout.js';

/**
 * True while the ring's entry at `position` is a ticket that nobody has claimed. Its board is then the
 * word behind `at`, the ticket's state word.
 */
function isWaiting(words: Int32Array, at: number, position: number): boolean {
  return Atomics.load(words, at) === L.QUEUED && words[at + L.TICKET_POSITION] === position;
}

/**
 * The next ticket in the ring, before position `limit`, whose board is not `held`, claimed for `seat`; -1 when
 * there is none.
 */
export function claimTicket(
  map: L.ControlMap,
  seat: number,
  held: (board: number) => boolean,
  limit?: number,
): number {
  const { words } = map;
  let head = Atomics.load(words, L.RING_HEAD);
  const tail = Atomics.load(words, L.RING_TAIL);
  let atHead = true;
  for (let position = head; position !== tail; position = (position + 1) | 0) {
    const ticket = words[map.ringEntry(position)];
    const at = map.ticket(ticket);
    const next = (position + 1) | 0;
    if (limit !== undefined && ((position - limit) | 0) >= 0) return -1;
    if (isWaiting(words, at, position)) {
      const isMine =
        !held(words[at + L.TICKET_BOARD]) && Atomics.compareExchange(words, at, L.QUEUED, L.TAKEN + seat) === L.QUEUED;
      if (isMine) {
        if (atHead) Atomics.compareExchange(words, L.RING_HEAD, head, next);
        return ticket;
      }
      atHead = false;
    } else if (atHead) {
      Atomics.compareExchange(words, L.RING_HEAD, head, next);
      head = next;
    }
  }
  return -1;
}

/** True when somebody waits: a ticket in the ring whose board is not `held`. */
export function someoneWaits(map: L.ControlMap, held: (board: number) => boolean): boolean {
  const { words } = map;
  const head = Atomics.load(words, L.RING_HEAD);
  const tail = Atomics.load(words, L.RING_TAIL);
  for (let position = head; position !== tail; position = (position + 1) | 0) {
    const at = map.ticket(words[map.ringEntry(position)]);
    if (isWaiting(words, at, position) && !held(words[at + L.TICKET_BOARD])) return true;
  }
  return false;
}

/** The ring's head, moved up to the first entry that waits: runners that are all busy do not move it. */
export function firstWaiting(map: L.ControlMap): number {
  const { words } = map;
  let head = Atomics.load(words, L.RING_HEAD);
  const tail = Atomics.load(words, L.RING_TAIL);
  while (head !== tail && !isWaiting(words, map.ticket(words[map.ringEntry(head)]), head)) {
    const seen = Atomics.compareExchange(words, L.RING_HEAD, head, (head + 1) | 0);
    head = seen === head ? (head + 1) | 0 : seen;
  }
  return head;
}

/** Entries that wait, counted up to `most`. */
export function countWaiting(map: L.ControlMap, most: number): number {
  const { words } = map;
  const tail = Atomics.load(words, L.RING_TAIL);
  let count = 0;
  for (let position = firstWaiting(map); position !== tail && count < most; position = (position + 1) | 0) {
    if (isWaiting(words, map.ticket(words[map.ringEntry(position)]), position)) count++;
  }
  return count;
}
