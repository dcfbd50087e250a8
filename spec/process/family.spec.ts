import { describe, expect, test } from '@jest/globals';
import { activeChildren, cpuCount, currentProcess, Lock, Manager, parentProcess, Process, taskModule } from 'granule';
import type { Identity } from '../fixtures/process/identity.js';
import type { Seen } from '../fixtures/process/targets.js';
import { Gate, sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';
import { notebook, read, watchProcesses } from '../support/processes.js';

const targets = taskModule<typeof import('../fixtures/process/targets.js')>(
  new URL('../fixtures/process/targets.js', import.meta.url),
);
watchProcesses();

const MAIN = { name: 'MainProcess', pid: 0, daemon: false };

describe('currentProcess() and parentProcess()', () => {
  test('on the main thread: MainProcess, and nobody', () => {
    expect(currentProcess()).toEqual(MAIN);
    expect(parentProcess()).toBeUndefined();
    expect(cpuCount()).toBeGreaterThan(0);
  });

  test('in a process: itself, and who started it', async () => {
    const words = notebook();
    const process = new Process({ target: targets.lookAround, args: [words], name: 'child', daemon: true });
    process.start();
    await process.join();
    expect(read<Seen>(words)).toEqual({ self: { name: 'child', pid: process.pid, daemon: true }, parent: MAIN });
  });

  test('in a process of a process: named by its place', async () => {
    const [words, names] = [notebook(), notebook()];
    const process = new Process({ target: targets.nest, args: [words, names] });
    process.start();
    await process.join();
    expect(process.error).toBeUndefined();
    const { self, parent } = read<Seen>(words);
    expect(self.name).toBe(`${process.name}:1`);
    expect(parent).toEqual({ name: process.name, pid: process.pid, daemon: false });
    expect(read(names)).toEqual({ during: [self.name], after: 0, pid: process.pid, exitcode: 0 });
  });

  test('in a pool’s thread: a daemon of the pool’s name', async () => {
    const pool = openPool({ threads: 1, name: 'mill' });
    const { self, parent } = await pool.apply(targets.inPool);
    expect(self).toEqual({ name: `mill-${self.pid}`, pid: self.pid, daemon: true });
    expect(parent).toEqual(MAIN);
  });

  test('in a manager’s thread: a daemon, a manager', async () => {
    await using manager = await Manager.start();
    const module = new URL('../fixtures/process/identity.js', import.meta.url);
    const identity = await manager.create<typeof Identity>(module, 'Identity');
    const { self, parent } = await identity.seen();
    expect(self).toEqual({ name: expect.stringMatching(/^Manager-\d+$/), pid: expect.any(Number), daemon: true });
    expect(self.pid).toBeGreaterThan(0);
    expect(parent).toEqual(MAIN);
  });

  test('in a process that a task of a pool started', async () => {
    const words = notebook();
    const pool = openPool({ threads: 1, name: 'mill' });
    expect(await pool.apply(targets.startWithinPool, [words])).toBe(0);
    const { self, parent } = read<Seen>(words);
    expect(parent!.name).toBe(`mill-${parent!.pid}`);
    expect(self.name).toBe(`Process-${parent!.pid}:1`);
  });
});

test('a process takes those that it has started along when it is ended', async () => {
  const [gate, lock] = [new Gate(), new Lock()];
  const process = new Process({ target: targets.holdInChild, args: [lock, gate.words] });
  process.start();
  await gate.arrived();
  process.kill();
  await process.join();
  expect(process.exitcode).toBe(-9);
  expect(lock.abandoned).toBe(true);
});

test('a process does not wait for a daemon of its own', async () => {
  const gate = new Gate();
  const process = new Process({ target: targets.leaveDaemon, args: [gate.words] });
  process.start();
  await process.join();
  expect(process.exitcode).toBe(0);
});

test('a process may have a pool', async () => {
  const sum = sharedWords(1);
  const process = new Process({ target: targets.poolWithin, args: [sum] });
  process.start();
  await process.join();
  expect(process.error).toBeUndefined();
  expect(sum[0]).toBe(14);
});

test('activeChildren() are those that live: not yet the new, no longer the ended', async () => {
  const gates = [new Gate(), new Gate()];
  const [first, second] = gates.map((gate) => new Process({ target: targets.pass, args: [1, gate.words] }));
  expect(activeChildren()).toEqual([]);
  first.start();
  second.start();
  expect(activeChildren()).toEqual([first, second]);
  gates[0].open();
  await first.sentinel;
  expect(activeChildren()).toEqual([second]);
  gates[1].open();
  await second.sentinel;
  expect(activeChildren()).toEqual([]);
});
