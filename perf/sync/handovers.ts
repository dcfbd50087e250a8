import type { Worker } from 'node:worker_threads';
import { Barrier, Event } from 'granule';
import { timeAtMost } from '../harness/claims.js';
import { backToBack } from '../harness/instruments.js';
import type { Run } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Row, Subject } from '../harness/suite.js';
import { multithreading } from '../peers/multithreading.js';
import { pythonLocking } from '../peers/python.js';
import { answerEvents, answerWords, hear, meetAt, PING, PONG, tell } from './partner.js';

/** This thread and a partner, both of which block: one sleeps whenever the other is awake. */
const withPartner = (name: string, units: number, prepare: () => Promise<{ run: Run; partner: Worker }>): Subject => ({
  name,
  async open() {
    const { run, partner } = await prepare();
    return backToBack({ run, close: () => partner.terminate() }, units);
  },
});

/** To and fro: two hand-overs a call. */
const BOTH_WAYS = 2;

const bareHandover = withPartner('bare Atomics.wait and notify', BOTH_WAYS, async () => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const run = () => {
    tell(words, PING);
    hear(words, PONG);
  };
  return { run, partner: await answerWords(words) };
});

const event: Row = {
  id: 'event',
  work: 'Event: from set() to the blocked waiter being awake',
  measure(pace) {
    return compare(
      {
        subjects: [
          withPartner('granule Event', BOTH_WAYS, async () => {
            const [ping, pong] = [new Event(), new Event()];
            const run = () => {
              ping.set();
              pong.wait();
              pong.clear();
            };
            return { run, partner: await answerEvents(ping, pong) };
          }),
          bareHandover,
          pythonLocking('CPython threading.Event', { work: 'event', rounds: 100 }, 100 * BOTH_WAYS),
        ],
        rules: [timeAtMost(1.5, 'granule Event', bareHandover.name)],
        per: 'hand-over',
      },
      pace,
    );
  },
};

const barrier: Row = {
  id: 'barrier',
  work: 'Barrier of 2, a round',
  measure(pace) {
    return compare(
      {
        subjects: [
          withPartner('granule Barrier', 1, async () => {
            const meeting = new Barrier(2);
            return { run: () => meeting.wait(), partner: await meetAt(meeting) };
          }),
          bareHandover,
          multithreading('multithreading Barrier', ({ Barrier, move, spawn }) => {
            const meeting = new Barrier(2);
            void spawn(move(meeting), (meeting) => {
              for (;;) meeting.blockingWait();
            });
            return () => meeting.wait();
          }),
          pythonLocking('CPython threading.Barrier', { work: 'barrier', rounds: 100 }, 100),
        ],
        rules: [timeAtMost(3, 'granule Barrier', bareHandover.name)],
        per: 'round or hand-over',
      },
      pace,
    );
  },
};

export const handovers: readonly Row[] = [event, barrier];
