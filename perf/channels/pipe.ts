import assert from 'node:assert/strict';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { Pipe, Process } from 'granule';
import { bytesAtMost, secondsAtMost, timeAtMost } from '../harness/claims.js';
import { backToBack } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Row, Subject } from '../harness/suite.js';
import { pythonPipe } from '../peers/python.js';
import { answerMessages, hear, PING, PONG, tell } from '../sync/partner.js';

const throughPipe: Subject = {
  name: 'granule Pipe',
  async open() {
    const [here, there] = Pipe<number>();
    const child = new Process({
      target: (end: typeof there) => {
        try {
          for (;;) end.send(end.recv());
        } catch {
          end.close();
        }
      },
      args: [there],
    });
    child.start();
    const run = (): number => {
      here.send(1);
      return here.recv();
    };
    run();
    const close = (): Promise<void> => {
      here.close();
      return child.join();
    };
    return backToBack({ run, close });
  },
};

/** The least that such a round trip can be made of: a message there and one back, each with its hand-over. */
const bare: Subject = {
  name: 'bare postMessage and Atomics, there and back',
  async open() {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const { port1, port2 } = new MessageChannel();
    const partner = await answerMessages(words, port2);
    const run = (): unknown => {
      port1.postMessage(1);
      tell(words, PING);
      hear(words, PONG);
      return (receiveMessageOnPort(port1) as { message: unknown }).message;
    };
    const close = (): Promise<unknown> => {
      port1.close();
      return partner.terminate();
    };
    return backToBack({ run, close });
  },
};

const roundTrip: Row = {
  id: 'pipe',
  work: 'Pipe: a number there and back, both sides blocked',
  measure(pace) {
    return compare(
      {
        subjects: [throughPipe, bare, pythonPipe('CPython multiprocessing.Pipe', { rounds: 100 }, 100)],
        rules: [timeAtMost(2, throughPipe.name, bare.name)],
        per: 'round trip',
        verify: (result) => { assert.ok(result === undefined || result === 1); },
      },
      pace,
    );
  },
};

const DOUBLES = 12_500_000;

const transferred: Subject = {
  name: 'granule Pipe, transfer',
  async open() {
    const [left, right] = Pipe<Float64Array<ArrayBuffer>>();
    let data = new Float64Array(DOUBLES).fill(1);
    const run = (): void => {
      left.send(data, [data.buffer]);
      data = right.recv();
    };
    return backToBack({ run });
  },
};

const transferredBare: Subject = {
  name: 'bare MessagePort, transfer',
  async open() {
    const { port1, port2 } = new MessageChannel();
    let data = new Float64Array(DOUBLES).fill(1);
    const run = (): void => {
      port1.postMessage(data, [data.buffer]);
      data = (receiveMessageOnPort(port2) as { message: Float64Array<ArrayBuffer> }).message;
    };
    return backToBack({ run, close: async () => { port1.close(); } });
  },
};

const transfer: Row = {
  id: 'pipe-transfer',
  work: 'Pipe: a Float64Array of 100 MB, moved from end to end within one thread',
  async measure(pace) {
    const [left, right] = Pipe<Float64Array<ArrayBuffer>>();
    const data = new Float64Array(DOUBLES).fill(1);
    const before = process.memoryUsage.rss();
    left.send(data, [data.buffer]);
    const arrived = right.recv();
    const grown = arrived.length === DOUBLES ? process.memoryUsage.rss() - before : undefined;
    const rules = [secondsAtMost(1e-3, transferred.name)];
    const findings = await compare({ subjects: [transferred, transferredBare], rules, per: 'transfer' }, pace);
    const claim = bytesAtMost(2 ** 20, 'resident size, what it grows by', grown);
    return { ...findings, claims: [...findings.claims, claim] };
  },
};

export const pipes: readonly Row[] = [roundTrip, transfer];
