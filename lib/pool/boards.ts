/** The caller's books of boards, tickets and the ring: who has what, and what is free. */
import { remove, type Job, type Posting } from './job.js';
import * as L from './layout.js';
import { countWaiting, firstWaiting } from './ticket-ring.js';

export class Boards {
  readonly #map: L.ControlMap;
  readonly #freeBoards: number[] = [];
  readonly #freeTickets: number[] = [];
  readonly #byTicket = new Array<Posting | undefined>(L.TICKETS).fill(undefined);
  readonly #bySerial = new Map<number, Posting>();
  #serial = 0;
  #tail = 0;

  constructor(map: L.ControlMap) {
    this.#map = map;
    for (let board = L.BOARDS - 1; board >= 0; board--) this.#freeBoards.push(board);
    for (let ticket = L.TICKETS - 1; ticket >= 0; ticket--) this.#freeTickets.push(ticket);
  }

  /** Room for a board with `tickets` invitations. */
  hasRoom(tickets: number): boolean {
    return (
      this.#freeBoards.length > 0 &&
      this.#freeTickets.length >= tickets &&
      ((this.#tail - firstWaiting(this.#map)) | 0) + tickets < L.RING_SIZE
    );
  }

  posting(serial: number): Posting | undefined {
    return this.#bySerial.get(serial);
  }
  ofTicket(ticket: number): Posting | undefined {
    return this.#byTicket[ticket];
  }
  /** A runner has begun it. */
  hasStarted(board: number): boolean {
    return this.#map.words[this.#map.board(board) + L.B_STARTED] === 1;
  }
  /** When its first item started; Infinity: none has. */
  startOf(board: number): number {
    return this.#map.doubles[(this.#map.board(board) >> 1) + L.D_STARTED_AT] || Infinity;
  }
  /** Nanoseconds that its runners took, and for how many items. */
  measured(board: number): { ns: number; items: number } {
    const { doubles } = this.#map;
    let ns = 0;
    let items = 0;
    for (let seat = 0; seat < this.#map.seats; seat++) {
      const row = this.#map.row(board, seat) >> 1;
      ns += doubles[row + L.R_NS];
      items += doubles[row + L.R_COUNT];
    }
    return { ns, items };
  }
  some(test: (posting: Posting) => boolean): boolean {
    for (const posting of this.#bySerial.values()) if (test(posting)) return true;
    return false;
  }

  /** Writes the job's items [base, base + count) on a board. No ticket yet. */
  write(job: Job, base: number, count: number, tickets: number): Posting {
    const { spec } = job;
    const board = this.#freeBoards.pop()!;
    const serial = (this.#serial = (this.#serial + 1) | 0);
    const { words, doubles } = this.#map;
    const at = this.#map.board(board);
    const d = at >> 1;
    const { input, output } = spec;
    words[at + L.B_SERIAL] = serial;
    words[at + L.B_TASK] = spec.work.entry.id;
    words[at + L.B_KIND] = spec.kind;
    words[at + L.B_FLAGS] =
      (spec.work.settled ? L.FLAG_SETTLED : 0) |
      (spec.work.onProgress === undefined ? 0 : L.FLAG_PROGRESS) |
      (spec.work.itemTimeout === Infinity ? 0 : L.FLAG_ITEM_TIMEOUT);
    words[at + L.B_CONTROL] = L.GO;
    words[at + L.B_MIN_FAIL] = L.NO_FAILURE;
    words[at + L.B_CURSOR] = 0;
    words[at + L.B_DONE] = 0;
    words[at + L.B_ITEMS] = count;
    words[at + L.B_TICKETS] = tickets;
    words[at + L.B_ASKS] = 0;
    words[at + L.B_CHUNKS] = job.chunks?.id ?? 0;
    words[at + L.B_SCHEDULE] = spec.work.schedule;
    words[at + L.B_CHUNK] = spec.work.chunk;
    words[at + L.B_STARTED] = 0;
    words[at + L.B_NOT_NUMBERS] = 0;
    words[at + L.B_ASYNC_SEEN] = 0;
    words[at + L.B_INPUT] = input.lane;
    words[at + L.B_INPUT_SEGMENT] = input.segment.id;
    words[at + L.B_INPUT_TYPE] = input.type;
    words[at + L.B_OUTPUT] = output.lane;
    words[at + L.B_OUTPUT_SEGMENT] = output.segment.id;
    words[at + L.B_OUTPUT_TYPE] = output.type;
    words[at + L.B_STATUS_SEGMENT] = spec.block.segment.id;
    words[at + L.B_ARGS] = spec.argsLane;
    words[at + L.B_ARGS_SEGMENT] = spec.argsLane === L.ARGS_MAIL ? job.id : spec.block.segment.id;
    doubles[d + L.D_INPUT] = input.offset + base * input.stride;
    doubles[d + L.D_INPUT_DATA] = input.data;
    doubles[d + L.D_OUTPUT] = output.offset + base * output.stride;
    doubles[d + L.D_STATUS] = spec.status + base;
    doubles[d + L.D_ARGS] = spec.argsOffset;
    doubles[d + L.D_STARTED_AT] = 0;
    const { asynchronous, nsPerItem } = spec.work.entry.cost;
    doubles[d + L.D_NS_PER_ITEM] = asynchronous ? 0 : nsPerItem * spec.itemsPerUnit;
    if (spec.range !== undefined) {
      doubles[d + L.D_RANGE_START] = spec.range.start + base * spec.range.size;
      doubles[d + L.D_RANGE_STOP] = spec.range.stop;
      doubles[d + L.D_RANGE_SIZE] = spec.range.size;
    }
    const rows = this.#map.row(board, 0);
    words.fill(0, rows, this.#map.row(board, this.#map.seats));
    const posting: Posting = { board, serial, job, base, count, tickets: [] };
    this.#bySerial.set(serial, posting);
    job.postings.push(posting);
    return posting;
  }

  /**
   * Boards whose runners ask for more, and how many more would pay: as many as `least` ns each of what is left, by
   * what has been measured there, no more than `most` in all.
   */
  *asking(least: number, most: number): Generator<{ posting: Posting; more: number }> {
    const { words } = this.#map;
    for (const posting of [...this.#bySerial.values()]) {
      const at = this.#map.board(posting.board);
      if (posting.job.state !== 'posted' || Atomics.load(words, at + L.B_ASKS) !== 1) continue;
      const { ns, items } = this.measured(posting.board);
      const rest = posting.count - Atomics.load(words, at + L.B_CURSOR);
      const chunks = Math.ceil(rest / posting.job.spec.work.chunk);
      const pay = Math.min(most, Math.ceil((rest * ns) / items / least));
      yield { posting, more: Math.min(chunks, pay - posting.tickets.length) };
    }
  }

  /** So many more runners are invited to the board. */
  invite(posting: Posting, more: number): void {
    const at = this.#map.board(posting.board);
    this.#map.words[at + L.B_TICKETS] += more;
    for (let i = 0; i < more; i++) this.push(this.ticket(posting));
    Atomics.store(this.#map.words, at + L.B_ASKS, 0);
  }

  /** Makes a ticket to the posting's board: for any runner, to be pushed, or for one seat. */
  ticket(posting: Posting, seat = -1): number {
    const ticket = this.#freeTickets.pop()!;
    this.#byTicket[ticket] = posting;
    posting.tickets.push(ticket);
    const at = this.#map.ticket(ticket);
    this.#map.words[at + L.TICKET_BOARD] = posting.board;
    if (seat >= 0) Atomics.store(this.#map.words, at, L.PINNED + seat);
    return ticket;
  }

  /** Puts a ticket into the ring, where any runner may claim it. */
  push(ticket: number): void {
    const { words } = this.#map;
    const at = this.#map.ticket(ticket);
    words[at + L.TICKET_POSITION] = this.#tail;
    words[this.#map.ringEntry(this.#tail)] = ticket;
    Atomics.store(words, at, L.QUEUED);
    this.#tail = (this.#tail + 1) | 0;
    Atomics.store(words, L.RING_TAIL, this.#tail);
  }

  /** Takes a ticket back that nobody has claimed. False: somebody has. */
  withdraw(ticket: number): boolean {
    const { words } = this.#map;
    const at = this.#map.ticket(ticket);
    const offered = Atomics.load(words, at);
    if (offered !== L.QUEUED && offered < L.PINNED) return false;
    if (Atomics.compareExchange(words, at, offered, L.FREE) !== offered) return false;
    this.#forget(ticket);
    return true;
  }

  /** Its runner is through with it, or has exited. */
  returned(ticket: number): Posting {
    const posting = this.#byTicket[ticket]!;
    Atomics.store(this.#map.words, this.#map.ticket(ticket), L.FREE);
    this.#forget(ticket);
    return posting;
  }

  /** No ticket is out: the board may be used again. */
  free(posting: Posting): void {
    this.#bySerial.delete(posting.serial);
    this.#freeBoards.push(posting.board);
  }

  /** Tickets in the ring that nobody has claimed, counted up to `most`. */
  waiting(most: number): number {
    return countWaiting(this.#map, most);
  }

  /** The seat that has claimed the ticket; -1: nobody yet. */
  takenBy(ticket: number): number {
    const state = Atomics.load(this.#map.words, this.#map.ticket(ticket));
    return state >= L.TAKEN && state < L.PINNED ? state - L.TAKEN : -1;
  }

  /** Tickets that a seat has claimed and not returned. */
  ticketsOf(seat: number): number[] {
    const tickets: number[] = [];
    for (const posting of this.#bySerial.values()) {
      for (const ticket of posting.tickets) if (this.takenBy(ticket) === seat) tickets.push(ticket);
    }
    return tickets;
  }

  /** Tickets of parcels that were sent ahead to a seat, which has not claimed them. */
  parcelsFor(seat: number): number[] {
    const tickets: number[] = [];
    for (const { job, tickets: out } of this.#bySerial.values()) {
      if (job.spec.parcel === undefined || job.spec.work.pinned >= 0) continue;
      for (const ticket of out) if (this.pinnedTo(ticket) === seat) tickets.push(ticket);
    }
    return tickets;
  }

  /** The seat that alone may claim the ticket, and has not; -1: none. */
  pinnedTo(ticket: number): number {
    const state = Atomics.load(this.#map.words, this.#map.ticket(ticket));
    return state >= L.PINNED ? state - L.PINNED : -1;
  }

  #forget(ticket: number): void {
    remove(this.#byTicket[ticket]!.tickets, ticket);
    this.#byTicket[ticket] = undefined;
    this.#freeTickets.push(ticket);
  }
}
