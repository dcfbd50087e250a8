import assert from 'node:assert/strict';
import { Queue } from 'granule';
import { speedAtLeast, timeAtMost } from '../harness/claims.js';
import { afterIdle, backToBack, type Opened } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Row, Subject } from '../harness/suite.js';
import { multithreading } from '../peers/multithreading.js';
import { pythonQueue } from '../peers/python.js';
import { answerWords, hear, PING, PONG, tell } from '../sync/partner.js';
import { answering, sumOf, throughPort, throughQueue, type Partners, type What } from './queue-partners.js';

const between = (name: string, units: number, prepare: () => Promise<Partners>): Subject => ({
  name,
  open: async () => backToBack(await prepare(), units),
});

/** Of the subjects that give one: the others check what they take by themselves, or cannot. */
const expectSum = (what: What, count: number, pairs = 1) => (result: unknown, subject: string) => {
  if (typeof result !== 'number') return;
  assert.equal(result, (subject.includes('3 to 3') ? pairs : 1) * sumOf(what, count), `${subject} lost something`);
};

const INTEGERS = 100_000;
const oneToOne = between('granule Queue', INTEGERS, () => throughQueue(new Queue(), 'integers', INTEGERS));
const overPort = between('MessagePort', INTEGERS, () => throughPort('integers', INTEGERS));

const integers: Row = {
  id: 'queue',
  work: 'small integers from one thread to another',
  measure(pace) {
    const python = 'CPython multiprocessing.Queue';
    return compare(
      {
        subjects: [
          oneToOne,
          between('granule Queue, maxsize 1 000', INTEGERS, () => throughQueue(new Queue(1000), 'integers', INTEGERS)),
          overPort,
          multithreading('multithreading channel', ({ channel, move, spawn }) => {
            const [sender, receiver] = channel<number>(1000);
            return () =>
              Promise.all([
                spawn(move(sender.clone(), INTEGERS / 10), (sender, count) => {
                  for (let i = 0; i < count; i++) sender.blockingSend(i);
                }).join(),
                spawn(move(receiver.clone(), INTEGERS / 10), (receiver, count) => {
                  for (let i = 0; i < count; i++) receiver.blockingRecv();
                }).join(),
              ]);
          }, INTEGERS / 10),
          pythonQueue(python, { work: 'integers', count: INTEGERS / 5 }, INTEGERS / 5),
        ],
        rules: [speedAtLeast(2, oneToOne.name, overPort.name), speedAtLeast(5, oneToOne.name, python)],
        per: 'item',
        verify: expectSum('integers', INTEGERS),
      },
      pace,
    );
  },
};

const PAIRS = 3;

const many: Row = {
  id: 'queue-3-3',
  work: 'small integers from three threads to three others, on two cores',
  measure(pace) {
    const name = 'granule Queue, 3 to 3';
    return compare(
      {
        subjects: [
          between(name, PAIRS * INTEGERS, () => throughQueue(new Queue(), 'integers', INTEGERS, PAIRS)),
          oneToOne,
        ],
        rules: [speedAtLeast(0.5, name, oneToOne.name)],
        per: 'item',
        verify: expectSum('integers', INTEGERS, PAIRS),
      },
      pace,
    );
  },
};

const MESSAGES = 10_000;

const bytes: Row = {
  id: 'queue-bytes',
  work: 'messages of 4 KiB from one thread to another',
  measure(pace) {
    const port = between('MessagePort', MESSAGES, () => throughPort('bytes', MESSAGES));
    return compare(
      {
        subjects: [
          between('granule Queue', MESSAGES, () => throughQueue(new Queue(), 'bytes', MESSAGES)),
          port,
          pythonQueue('CPython multiprocessing.Queue', { work: 'bytes', count: MESSAGES / 10 }, MESSAGES / 10),
        ],
        rules: [speedAtLeast(1, 'granule Queue', port.name)],
        per: 'message',
        verify: expectSum('bytes', MESSAGES),
      },
      pace,
    );
  },
};

/** To and fro: two hand-overs a call. */
const BOTH_WAYS = 2;

/** Before each call the other thread has been asleep for so long: nobody catches the item while still looking out. */
const ASLEEP_MS = 1;

const answered: Subject & { readonly prepare: () => Promise<Opened> } = {
  name: 'granule Queue',
  async prepare() {
    const [there, back] = [new Queue(), new Queue()];
    const partner = await answering(there, back);
    const run = () => {
      there.put(1);
      back.get();
    };
    return { run, close: () => partner.terminate() };
  },
  open: async () => backToBack(await answered.prepare(), BOTH_WAYS),
};

const bare: typeof answered = {
  name: 'bare Atomics.wait and notify',
  async prepare() {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const partner = await answerWords(words);
    const run = () => {
      tell(words, PING);
      hear(words, PONG);
    };
    return { run, close: () => partner.terminate() };
  },
  open: async () => backToBack(await bare.prepare(), BOTH_WAYS),
};

const wakeUp: Row = {
  id: 'queue-wake',
  work: 'to a thread asleep in get() and back, by a put() each way',
  measure(pace) {
    const asleep = ({ name, prepare }: typeof answered): Subject => ({
      name,
      open: async () => afterIdle(await prepare(), ASLEEP_MS),
    });
    return compare(
      { subjects: [asleep(answered), asleep(bare)], rules: [timeAtMost(1.5, answered.name, bare.name)], per: 'call' },
      pace,
    );
  },
};

const handOver: Row = {
  id: 'queue-hand-over',
  work: 'the same again and again: the other thread still looks out',
  measure(pace) {
    return compare(
      { subjects: [answered, bare], rules: [timeAtMost(1.5, answered.name, bare.name)], per: 'hand-over' },
      pace,
    );
  },
};

export const queues: readonly Row[] = [integers, many, bytes, wakeUp, handOver];
