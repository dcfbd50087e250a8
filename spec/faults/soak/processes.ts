/** Processes end in every way, at any moment: the exit code says how, join() resolves, what they held is known. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AbandonedLockError, activeChildren, Lock, Process, taskModule, type Task } from 'granule';
import { ARRIVED } from '../../support/gate.js';
import type { Part, Turn } from './part.js';

const targets = taskModule<typeof import('../../fixtures/process/targets.js')>(
  new URL('../../fixtures/process/targets.js', import.meta.url),
);
const PATIENCE = 60_000;

interface Kind {
  readonly name: string;
  readonly target: Task;
  readonly args: (gate: Int32Array, lock: Lock) => readonly unknown[];
  /** By itself; `undefined`: it has to be ended. */
  readonly exitcode: number | undefined;
  readonly holds?: boolean;
}

const kinds: readonly Kind[] = [
  { name: 'returns', target: targets.doNothing, args: () => [], exitcode: 0 },
  { name: 'exits', target: targets.exit, args: () => [5], exitcode: 5 },
  { name: 'sets its exit code', target: targets.setExitCode, args: () => [6], exitcode: 6 },
  { name: 'throws', target: targets.throwOutright, args: () => ['on purpose'], exitcode: 1 },
  { name: 'rejects', target: targets.rejectLater, args: () => ['on purpose'], exitcode: 1 },
  { name: 'throws in a timer', target: targets.throwLater, args: () => ['on purpose'], exitcode: 1 },
  { name: 'leaves a rejection', target: targets.leaveRejection, args: () => ['on purpose'], exitcode: 1 },
  { name: 'exits with a child', target: targets.leaveChild, args: (gate) => [gate], exitcode: 4 },
  { name: 'spins', target: targets.spin, args: (gate) => [gate], exitcode: undefined },
  { name: 'ticks', target: targets.tick, args: (gate) => [gate], exitcode: undefined },
  { name: 'holds a lock', target: targets.hold, args: (gate, lock) => [lock, gate], exitcode: undefined, holds: true },
  {
    name: 'has a child that holds a lock',
    target: targets.holdInChild,
    args: (gate, lock) => [lock, gate],
    exitcode: undefined,
    holds: true,
  },
];

export const processes: Part = {
  name: 'processes',
  async run(turn) {
    // Uncaught errors of processes are written to stderr, as Python's tracebacks are.
    const { write } = process.stderr;
    process.stderr.write = () => true;
    try {
      while (performance.now() < turn.until) {
        await Promise.all([0, 1, 2].map(() => oneProcess(turn, turn.random.pick(kinds))));
      }
    } finally {
      process.stderr.write = write;
    }
    if (activeChildren().length > 0) turn.violation(`${activeChildren().length} processes are active that have ended`);
  },
};

async function oneProcess(turn: Turn, kind: Kind): Promise<void> {
  const { random } = turn;
  turn.progress(`a process ${kind.name}`);
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const lock = new Lock();
  const child = new Process({ target: kind.target, args: [...kind.args(gate, lock)] });
  child.start();
  // Also those that would end by themselves are ended from outside, at times, at any moment of theirs.
  const meddles = kind.exitcode === undefined || random.below(4) === 0;
  const allowed = new Set<number | undefined>(kind.exitcode === undefined ? [] : [kind.exitcode]);
  if (meddles) {
    if (kind.exitcode !== undefined || (!kind.holds && random.below(2) === 0)) await sleep(random.below(150));
    else while (Atomics.load(gate, ARRIVED) === 0) await sleep(1);
    const kills = random.below(2) === 0;
    allowed.add(kills ? -9 : -15);
    if (kills) child.kill();
    else child.terminate();
  }
  await child.join(PATIENCE);
  if (child.isAlive()) turn.violation(`a process that ${kind.name} is alive a minute after its end`);
  if (!allowed.has(child.exitcode)) {
    turn.violation(`a process that ${kind.name} ended with ${child.exitcode}, not ${[...allowed].join(' or ')}`);
  }
  await child.sentinel;
  if (kind.holds) {
    const told = await lock.acquireAsync({ timeout: PATIENCE }).catch((error: unknown) => error);
    if (!(told instanceof AbandonedLockError)) {
      turn.violation(`the lock of a process that ${kind.name} is not abandoned`);
    }
    lock.reset();
    if (!lock.acquire(0)) turn.violation('a lock is held after reset()');
    lock.release();
  }
  child.close();
  turn.count('processes');
  turn.count(`deaths of a process that ${kind.name}`);
  if (kind.exitcode !== 0 || meddles) turn.count('deaths');
}
