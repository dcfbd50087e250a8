/** Which thread is taken for stuck, on a clock of the spec's own. With real threads: faults/abort-kill.spec.ts. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Job, Posting } from '#lib/pool/job.js';
import { ControlMap, R_CURRENT, SEAT_DONE_TAIL, SEAT_LOADING } from '#lib/pool/layout.js';
import type { Seat } from '#lib/pool/seats.js';
import { GRACE_MS, Stopping } from '#lib/pool/stopping.js';

const map = new ControlMap(new SharedArrayBuffer(ControlMap.bytes(1)), 1);
const store = (word: number, value: number): void => {
  map.words[map.seat(0) + word] = value;
};

let clock = 0;
let seat: Seat;
let stopping: Stopping;
let ended = 0;

/** A call with one board, of which the thread has the ticket. */
const posting = { board: 0, serial: 1, tickets: [1] } as unknown as Posting;
const boards = {
  some: (test: (posting: Posting) => boolean) => test(posting),
  takenBy: () => 0,
  posting: () => posting,
};

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
  map.words.fill(0);
  seat = { index: 0, occupant: {}, running: true, mailed: false, wakes: 1, doneHead: 0 } as unknown as Seat;
  ended = 0;
  const kill = (_: Seat, stillWanted: () => boolean): void => {
    if (stillWanted()) ended++;
  };
  stopping = new Stopping(map, boards as never, { seats: [seat], kill } as never, {} as never);
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** One grace passes, or what should be one: a caller that is busy looks later. */
function pass(late = 1): void {
  clock += late * GRACE_MS;
  jest.advanceTimersByTime(GRACE_MS + 1);
}

describe('a thread that is at nothing that is known', () => {
  test('is ended once if it gets nothing done within the grace', () => {
    stopping.suspect();
    stopping.suspect();
    expect(ended).toBe(0);
    pass();
    expect(ended).toBe(1);
    pass();
    expect([ended, jest.getTimerCount()]).toEqual([1, 0]);
  });

  test.each<[string, () => void]>([
    ['has got something done', () => { store(SEAT_DONE_TAIL, 1); }],
    ['loads a task', () => { store(SEAT_LOADING, 1); }],
    ['has come to an end', () => { seat.running = false; }],
    ['was replaced', () => { seat.occupant = {} as Seat['occupant']; }],
  ])('is left alone if, by the end of it, it %s', (_, happens) => {
    stopping.suspect();
    happens();
    pass();
    pass();
    expect([ended, jest.getTimerCount()]).toEqual([0, 0]);
  });

  test('is looked at again if it was woken meanwhile: it had come to an end, and has only just begun', () => {
    stopping.suspect();
    seat.wakes++;
    pass();
    expect(ended).toBe(0);
    seat.running = false;
    pass();
    expect([ended, jest.getTimerCount()]).toEqual([0, 0]);
  });

  test('is ended though it was woken, if it does not come', () => {
    stopping.suspect();
    seat.wakes++;
    pass();
    pass();
    expect(ended).toBe(1);
  });

  test('is looked at again if the look was late, but not for ever', () => {
    stopping.suspect();
    for (let look = 0; look < 3; look++) pass(3);
    expect(ended).toBe(0);
    pass(3);
    expect([ended, jest.getTimerCount()]).toEqual([1, 0]);
  });

  test('is given time if the process stood still, and is not ended if it then gets something done', () => {
    stopping.suspect();
    pass(100);
    store(SEAT_DONE_TAIL, 1);
    pass();
    expect([ended, jest.getTimerCount()]).toEqual([0, 0]);
  });

  test('can be suspected anew', () => {
    stopping.suspect();
    store(SEAT_DONE_TAIL, 1);
    pass();
    stopping.suspect();
    pass();
    expect(ended).toBe(1);
  });
});

describe.each<[string, () => void]>([
  ['an item of a call that was given up', () => { stopping.enforce({ postings: [posting] } as unknown as Job); }],
  ['an item that takes too long', () => { stopping.enforceItem(posting, 0, 4); }],
])('a thread that is at %s', (_, giveUp) => {
  const item = map.row(0, 0) + R_CURRENT;
  beforeEach(() => {
    map.words[item] = 5;
  });

  test('is ended after the grace', () => {
    giveUp();
    expect(ended).toBe(0);
    pass();
    expect(ended).toBe(1);
  });

  test('is left alone if it has come to the end of it', () => {
    giveUp();
    map.words[item] = 0;
    pass();
    expect(ended).toBe(0);
  });

  test('gets another grace if the process stood still, but not for ever', () => {
    giveUp();
    for (let look = 0; look < 3; look++) pass(100);
    expect(ended).toBe(0);
    pass(100);
    expect(ended).toBe(1);
  });
});
