/**
 * The words of a pool in shared memory: who writes each, and the invariants.
 *
 * One SharedArrayBuffer a pool, read by the caller (the thread that made the pool) and its runners.
 * `README.md` beside this file tells the whole protocol in prose.
 *
 * Memory order. Only one rule is used: plain stores, then an atomic store or read-modify-write on a
 * word, then an atomic load or read-modify-write *of that same word* that reads it. Everything before
 * the first is then seen after the second. The pairs:
 *   - a board's fields, columns and mail   → ticket state QUEUED (caller) → TAKEN (runner, compare-exchange)
 *   - results, statuses, counts of a board → completion ring's DONE_TAIL (runner) → read by the caller
 *   - what a thread did before it died     → its Worker's 'exit' event, which the caller awaits
 *
 * POOL
 *   RING_TAIL   caller only. Entries posted so far; entry k is ring[k mod RING_SIZE].
 *   RING_HEAD   any, by compare-exchange, over entries whose ticket is no longer QUEUED. A hint: the
 *               truth about an entry is its ticket's state, so a stale head costs a look, never a loss.
 *   SIGNAL      bumped by a runner when something happened that the caller may wait for.
 *   LINGERERS   how many runners linger; they add and subtract. No more than there are cores to spare.
 *   PAGES       counts the pages of results (pages.ts); threads add.
 *   ASKS        counts the boards' ASKS that runners have set; so the caller looks at boards only when one has.
 *   ARMED       1 while the caller sleeps on SIGNAL; the runner that exchanges it to 0 notifies.
 *
 * TICKET: an invitation of one runner to one board. Its state word settles every race:
 *   FREE → QUEUED (caller, posting) → TAKEN + seat (the runner's compare-exchange) → FREE (caller)
 *                                   → FREE         (the caller's compare-exchange: withdrawn)
 *   TAKEN → FREE when the caller finds the ticket in the seat's completion ring, or after the thread's 'exit'.
 *   For one seat alone it is PINNED + seat instead of QUEUED, which no other seat can claim: a broadcast's, and a
 *   parcel's whose items have been posted to that seat. The latter's goes to another seat after the thread's 'exit'.
 *   Behind the state: the ticket's board, and its position in the ring. An entry counts only while its ticket
 *   names that position: numbers are used again, and an old entry must not let a new ticket overtake others.
 *   A board is reused only when every ticket to it is FREE: no runner can be reading or writing it.
 *
 * SEAT: one a thread, taken over by its replacement after the thread's 'exit'.
 *   STATE     runner: GONE, RUNNING, LINGERING, SPENT. The runner stores GONE and then looks at the ring
 *             again; the caller posts and then looks at STATE: one of the two sees the other.
 *             Caller, by compare-exchange: GONE → STARTING, before the message that wakes the thread.
 *   PRIVATE   ticket + 1 for this seat alone; caller 0 → t, runner t → 0, both by exchange.
 *   PRIVATE_AFTER  caller, before PRIVATE: the ring's tail when the ticket was made; what was posted before
 *             comes first.
 *   LOADING   runner: board + 1 while the board's task is being loaded, INITIALIZING while the initializer
 *             runs; such a thread is not ended yet, and its death is not a single item's fault. Nor is it while the
 *             call's arguments are read: READING + board.
 *   DONE_TAIL runner: how many tickets it has put into its completion ring, which the caller drains.
 *   BUSY      runner, Float64: milliseconds spent in tasks since the thread started.
 *
 * BOARD: one a job, or a job's leftovers. Written by the caller before its tickets are QUEUED, except:
 *   CONTROL   caller: GO or ABORT. Runners read it every strip.
 *   MIN_FAIL  lowered by compare-exchange: the lowest failing item so far.
 *   CURSOR    claims: the first item that nobody has claimed; moved by compare-exchange. A runner may move it back
 *             over the end of its own claim, as long as nobody has claimed behind it.
 *   TICKETS   caller: how many runners have been invited; more where one ASKS.
 *   ASKS      a runner 0 → 1, when what is left would pay another runner by what it has measured; the caller 1 → 0
 *             once it has invited more, and leaves it at 1 where it has none to invite. NS and COUNT before it.
 *   DONE      items finished, added by runners after a strip.
 *   STARTED, NOT_NUMBERS, ASYNC_SEEN: runners store 1.
 *   STARTED_AT  Float64, runners that read 0, racing by microseconds: when the first item started.
 *   A row per seat: CURRENT (runner, plain store before each item), the item it runs plus one, 0 between
 *   strips; FROM and UNTIL (runner, every strip), the range it has claimed and not finished: equal when none;
 *   EXPIRED (caller), the item plus one whose time is up; NS and COUNT (runner, Float64), what that seat
 *   measured. A claim moves CURSOR and then stores FROM and UNTIL with no call in between, at which V8 could
 *   end the thread: what is claimed is always on record.
 *
 * STATUS (one byte an item, in the job's block, for OUTPUT_MIXED alone) says where an item's result is. The
 * runner writes the result, then the status, then the next CURRENT, all plain: the caller reads them
 * only after the ticket is DONE or the thread has exited.
 */

export const RING_SIZE = 8192;
export const BOARDS = 1024;
export const TICKETS = 2048;

// Pool words, a cache line (16 words) apart: the ring's ends and the signal are hot for different sides.
export const RING_TAIL = 0;
export const RING_HEAD = 16;
export const SIGNAL = 32;
export const ARMED = 48;
/** Pages made so far, by all threads: the next page's number. */
export const PAGES = 49;
/** Runners that linger now. */
export const LINGERERS = 50;
/** Requests for more runners so far. */
export const ASKS = 51;
const POOL_WORDS = 64;

export const SEAT_STATE = 0;
export const SEAT_PRIVATE = 1;
export const SEAT_LOADING = 2;
export const SEAT_DONE_TAIL = 3;
export const SEAT_PRIVATE_AFTER = 6;
/** In Float64 units from the seat's start. */
export const SEAT_BUSY = 4;
const SEAT_WORDS = 16;

export const GONE = 0;
export const RUNNING = 1;
export const LINGERING = 2;
/** A message is on its way that makes the thread look at the ring. */
export const STARTING = 3;
/** It has done its maxTasksPerThread and serves no more. */
export const SPENT = 4;

/** LOADING: the initializer's module is being loaded; then: the initializer runs, and may be ended. */
export const INITIALIZING = -1;
export const IN_INITIALIZER = -2;
/** LOADING: the arguments of a call are read, or its items taken out of their message; the thread may be ended. */
export const READING = 1 << 16;

// Ticket states; TAKEN is TAKEN + seat.
export const FREE = 0;
export const QUEUED = 1;
export const TAKEN = 1 << 4;
export const PINNED = 1 << 16;
export const TICKET_BOARD = 1;
export const TICKET_POSITION = 2;
const TICKET_WORDS = 4;

// Board words.
export const B_SERIAL = 0;
export const B_TASK = 1;
export const B_KIND = 2;
export const B_FLAGS = 3;
export const B_CONTROL = 4;
export const B_MIN_FAIL = 5;
export const B_CURSOR = 6;
export const B_DONE = 7;
export const B_ITEMS = 8;
export const B_SCHEDULE = 9;
export const B_CHUNK = 10;
export const B_STARTED = 11;
export const B_NOT_NUMBERS = 12;
export const B_ASYNC_SEEN = 13;
export const B_INPUT = 14;
export const B_INPUT_SEGMENT = 15;
export const B_OUTPUT = 16;
export const B_OUTPUT_SEGMENT = 17;
export const B_STATUS_SEGMENT = 18;
export const B_ARGS = 19;
export const B_ARGS_SEGMENT = 20;
export const B_INPUT_TYPE = 21;
export const B_OUTPUT_TYPE = 22;
/** How many runners were invited: `auto` leaves no share for others where there is one. */
export const B_TICKETS = 23;
/** 1: a runner asks for more runners. Behind the Float64 fields. */
export const B_ASKS = 44;
/** Where its chunks are recorded (chunk-records.ts), a segment; 0: nobody listens. */
export const B_CHUNKS = 45;
// Float64 fields, in Float64 units from the board's start. Offsets are bytes unless said otherwise.
export const D_INPUT = 12;
export const D_INPUT_DATA = 13;
export const D_OUTPUT = 14;
export const D_STATUS = 15;
export const D_ARGS = 16;
export const D_NS_PER_ITEM = 17;
export const D_RANGE_START = 18;
export const D_RANGE_STOP = 19;
export const D_RANGE_SIZE = 20;
/** When the first item started, in ms by the clock of metrics-clock.ts; 0: none has. By the runners that see 0. */
export const D_STARTED_AT = 21;
const BOARD_WORDS = 46;
// A row per seat behind the board's words.
export const R_CURRENT = 0;
export const R_FROM = 1;
export const R_UNTIL = 2;
export const R_EXPIRED = 3;
/** In Float64 units from the row's start. */
export const R_NS = 2;
export const R_COUNT = 3;
const ROW_WORDS = 8;

export const GO = 0;
export const ABORT = 1;
export const NO_FAILURE = 0x7fffffff;

// B_KIND: how the task is called.
export const KIND_ITEM = 0; // task(item, ...args)
export const KIND_SPREAD = 1; // task(...item)
export const KIND_RANGE = 2; // task(start, stop, ...args)

// B_FLAGS
/** Every item runs, whatever fails. */
export const FLAG_SETTLED = 1;
/** Wake the caller after every claim. */
export const FLAG_PROGRESS = 2;
/** One item's time is limited: strips of one item, so that CURRENT is cleared between items. */
export const FLAG_ITEM_TIMEOUT = 4;

// B_INPUT: where items come from.
export const INPUT_NONE = 0;
export const INPUT_NUMBERS = 1; // Float64 column in a segment
export const INPUT_TYPED = 2; // typed array over a segment
export const INPUT_BYTES = 3; // Uint32 offsets at D_INPUT, records from D_INPUT_DATA on
export const INPUT_MAIL = 4; // asked for and sent by message
export const INPUT_INTS = 5; // Int32 column in a segment

// B_OUTPUT: where results go.
export const OUTPUT_MIXED = 0; // Float64 column; a status tells what the number means
export const OUTPUT_TYPED = 1; // typed array over a segment
export const OUTPUT_NONE = 2; // results are dropped

// B_ARGS: the arguments that every call of the task gets.
export const ARGS_NONE = 0;
export const ARGS_BYTES = 1; // one record in a segment
export const ARGS_MAIL = 2; // sent to every thread beforehand; B_ARGS_SEGMENT is the job's id

export const STATUS_NONE = 0;
export const STATUS_NUMBER = 1; // the number itself
export const STATUS_BYTES = 2; // page * 2 ** OFFSET_BITS + offset of a record in a page
export const STATUS_ERROR = 3; // posted on the runner's port
export const STATUS_MAIL = 4; // posted on the runner's port
export const STATUS_UNDEFINED = 6;
export const STATUS_TRUE = 7;
export const STATUS_FALSE = 8;
export const STATUS_NULL = 9;

/**
 * A page's number and an offset into it share one double: 32 and 20 bits. A record that is longer than that has a page
 * of its own, at whose start it begins.
 */
export const OFFSET_BITS = 20;
export const MAX_OFFSET = 2 ** OFFSET_BITS;

/**
 * An offset that was kept as a double, as an integer where it fits one: V8 then adds and indexes with
 * integers in the loops over items.
 */
export function toIndex(offset: number): number {
  return offset <= 0x7fffffff ? offset | 0 : offset;
}

/** Where everything lies in a pool's control memory, for a number of seats. Word indices. */
export class ControlMap {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly seats: number;
  readonly #ring: number;
  readonly #seatBase: number;
  readonly #ticketBase: number;
  readonly #doneBase: number;
  readonly #boardBase: number;
  readonly #boardWords: number;

  constructor(memory: SharedArrayBuffer, seats: number) {
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
    this.seats = seats;
    this.#seatBase = POOL_WORDS;
    this.#ring = this.#seatBase + seats * SEAT_WORDS;
    this.#ticketBase = this.#ring + RING_SIZE;
    this.#doneBase = this.#ticketBase + TICKET_WORDS * TICKETS;
    this.#boardBase = this.#doneBase + seats * TICKETS;
    this.#boardWords = BOARD_WORDS + seats * ROW_WORDS;
  }

  static bytes(seats: number): number {
    const words =
      POOL_WORDS +
      seats * SEAT_WORDS +
      RING_SIZE +
      TICKET_WORDS * TICKETS +
      seats * TICKETS +
      BOARDS * (BOARD_WORDS + seats * ROW_WORDS);
    return 4 * words;
  }

  seat(seat: number): number {
    return this.#seatBase + seat * SEAT_WORDS;
  }
  ringEntry(position: number): number {
    return this.#ring + (position & (RING_SIZE - 1));
  }
  /** The state word. */
  ticket(ticket: number): number {
    return this.#ticketBase + TICKET_WORDS * ticket;
  }
  doneEntry(seat: number, position: number): number {
    return this.#doneBase + seat * TICKETS + (position & (TICKETS - 1));
  }
  board(board: number): number {
    return this.#boardBase + board * this.#boardWords;
  }
  row(board: number, seat: number): number {
    return this.board(board) + BOARD_WORDS + seat * ROW_WORDS;
  }
}
