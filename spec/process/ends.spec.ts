import { describe, expect, test } from '@jest/globals';
import { AbandonedLockError, Lock, Process, SharedMemory, taskModule } from 'granule';
import { BEGUN, LOADING, MAY_END } from '../fixtures/process/loading.js';
import { Gate, reaches, sharedWords } from '../support/gate.js';
import { stderr, watchProcesses } from '../support/processes.js';
import { threads } from '../support/threads.js';

const here = (file: string): URL => new URL(`../fixtures/process/${file}`, import.meta.url);
const targets = taskModule<typeof import('../fixtures/process/targets.js')>(here('targets.js'));
const { mark } = taskModule<typeof import('../fixtures/process/loads-slowly.js')>(here('loads-slowly.js'));
const { unreachable } = taskModule<typeof import('../fixtures/process/never-loads.js')>(here('never-loads.js'));
const { work } = taskModule<typeof import('../fixtures/process/starts-as-it-loads.js')>(here('starts-as-it-loads.js'));
watchProcesses();

async function ended(process: Process): Promise<void> {
  process.start();
  await process.join();
}

describe('an uncaught error', () => {
  test.each([
    ['thrown', new Process({ target: targets.throwOutright, args: ['too far'] }), 'RangeError'],
    ['of a rejected promise', new Process({ target: targets.rejectLater, args: ['too far'] }), 'TypeError'],
    ['of a timer', new Process({ target: targets.throwLater, args: ['too far'] }), 'SyntaxError'],
    ['of a lost rejection', new Process({ target: targets.leaveRejection, args: ['too far'] }), 'EvalError'],
  ])('%s is the process’s error, with exit code 1 and a traceback on stderr', async (_, process, name) => {
    await ended(process);
    expect(process.exitcode).toBe(1);
    expect(process.error).toMatchObject({ name, message: 'too far' });
    expect(process.error).toBeInstanceOf(globalThis[name as 'RangeError']);
    expect(process.error!.stack).toContain('targets.js');
    expect(stderr()).toContain(`Process ${process.name}:\n${name}: too far\n    at `);
    expect(stderr().match(/too far/g)).toHaveLength(1);
  });

  test('has its properties, and the stack at start() behind its own', async () => {
    const process = new Process({ target: targets.throwOutright, args: ['x'] });
    await ended(process);
    expect(process.error).toMatchObject({ code: 'E_FAR', limits: [1, 2], task: { name: 'throwOutright' } });
    expect(process.error!.stack).toMatch(/throwOutright [^]*at … \[throwOutright, thread \d+\][^]*ends\.spec\.js/);
  });

  test('that is no error is the cause of one, made at start()', async () => {
    const process = new Process({ target: targets.throwText });
    await ended(process);
    expect(process.error).toBeInstanceOf(Error);
    expect(process.error!.cause).toBe('just text');
    expect(process.error!.stack).toMatch(/throwText, thread \d+\][^]*ends\.spec\.js/);
  });

  test('of an ‘exit’ listener has exit code 1 too', async () => {
    const process = new Process({ target: targets.throwAtExit, args: ['at last'] });
    await ended(process);
    expect(process.error).toMatchObject({ name: 'RangeError', message: 'at last' });
    expect(process.exitcode).toBe(1);
  });

  test('that cannot be cloned arrives without what keeps it from that', async () => {
    const process = new Process({ target: targets.throwEncumbered });
    await ended(process);
    const error = process.error as Error & Record<string, unknown>;
    expect([error.name, error.message, error['own'] === error, error['call'], 'trap' in error]).toEqual(
      ['TypeError', 'encumbered', true, undefined, false],
    );
    expect(error['map']).toMatch(/WeakMap/);
  });

  test('that a listener of the process handles is none', async () => {
    const process = new Process({ target: targets.recover });
    await ended(process);
    expect([process.exitcode, process.error, stderr()]).toEqual([0, undefined, '']);
  });

  test('tells of a variable that a source closed over', async () => {
    const outside = 1;
    const process = new Process({ target: () => outside });
    await ended(process);
    expect(process.error!.message).toContain('a source cannot close over variables');
  });

  test('tells of a module that is not there, or lacks the function', async () => {
    const missing = new Process({ target: { module: here('nowhere.js').href, name: 'x' } });
    const lacking = new Process({ target: { module: here('targets.js').href, name: 'lacking' } });
    await Promise.all([ended(missing), ended(lacking)]);
    expect(missing.error).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
    expect(lacking.error!.message).toMatch(/a function 'lacking' in .* has no export 'lacking'/);
    expect([missing.exitcode, lacking.exitcode]).toEqual([1, 1]);
  });

  test.each([
    ['', new Process({ target: targets.waitForNothing }), 'The function of the process never returned'],
    [', also beside a listener', new Process({ target: targets.waitBesideListener }), 'The function of the process'],
    [', in a top-level await', new Process({ target: unreachable }), 'The module that the process is to run'],
  ])('tells that nothing can settle its promise%s, instead of ending as if all were well', async (_, process, who) => {
    await ended(process);
    expect(process.exitcode).toBe(1);
    expect(process.error!.message).toContain(who);
    expect(process.error!.message).toContain('a promise that nothing can settle any more');
  });

  test('is none where a listener of ‘beforeExit’ goes on', async () => {
    const words = sharedWords(1);
    const process = new Process({ target: targets.waitForListener, args: [words] });
    await ended(process);
    expect([process.error, process.exitcode, words[0]]).toEqual([undefined, 0, 1]);
  });

  test('tells of a module that starts processes as it loads, instead of starting ever more', async () => {
    const process = new Process({ target: work, name: 'the first' });
    await ended(process);
    expect(process.error!.message).toMatch(/the next cannot be started while the first loads file:.*isMainThread/);
    expect(threads()).toBe(0);
  });
});

describe('process.exit() in a process', () => {
  test.each([0, 3, 255])('(%i) is its exit code', async (code) => {
    const process = new Process({ target: targets.exit, args: [code] });
    await ended(process);
    expect([process.exitcode, process.error]).toEqual([code, undefined]);
  });

  test('may be left to process.exitCode', async () => {
    const process = new Process({ target: targets.setExitCode, args: [5] });
    await ended(process);
    expect(process.exitcode).toBe(5);
  });

  test('ends the processes that it had started', async () => {
    const gate = new Gate();
    const process = new Process({ target: targets.leaveChild, args: [gate.words] });
    await ended(process);
    expect(process.exitcode).toBe(4);
  });
});

describe.each([
  ['terminate', -15],
  ['kill', -9],
] as const)('%s()', (how, exitcode) => {
  test.each([
    ['that waits', targets.pass, (gate: Gate) => [1, gate.words]],
    ['in an endless loop', targets.spin, (gate: Gate) => [gate.words]],
    ['with a timer', targets.tick, (gate: Gate) => [gate.words]],
  ])('ends a process %s', async (_, target, args) => {
    const gate = new Gate();
    const process = new Process({ target: target as typeof targets.spin, args: args(gate) as [Int32Array] });
    process.start();
    await gate.arrived();
    process[how]();
    await process.join();
    expect([process.exitcode, process.error, process.isAlive()]).toEqual([exitcode, undefined, false]);
    expect(stderr()).toBe('');
    expect(threads()).toBe(0);
  });

  /** Starts a process whose module loads until `end` has been called; what became of it, and whether it ran. */
  async function endedAsItLoads(end: (process: Process, loading: Int32Array) => void | Promise<void>) {
    const memory = new SharedMemory({ name: LOADING, create: true, size: 8 });
    try {
      const ran = sharedWords(1);
      const loading = new Int32Array(memory.buf.buffer, memory.buf.byteOffset, 2);
      const process = new Process({ target: mark, args: [ran] });
      process.start();
      await end(process, loading);
      Atomics.store(loading, MAY_END, 1);
      Atomics.notify(loading, MAY_END);
      await process.join();
      return { exitcode: process.exitcode, ran: ran[0] };
    } finally {
      memory.close();
      memory.unlink();
    }
  }

  test('at once after start() lets nothing run', async () => {
    expect(await endedAsItLoads((process) => { process[how](); })).toEqual({ exitcode, ran: 0 });
  });

  test('while its module loads waits until it has: ending it then could end the whole program', async () => {
    const outcome = await endedAsItLoads(async (process, loading) => {
      await reaches(loading, BEGUN, 1);
      process[how]();
      process.kill();
    });
    expect(outcome).toEqual({ exitcode, ran: 0 });
  });

  test('changes nothing of a process that has ended', async () => {
    const process = new Process({ target: targets.exit, args: [3] });
    await ended(process);
    process[how]();
    expect(process.exitcode).toBe(3);
  });

  test('leaves a lock that it held abandoned', async () => {
    const gate = new Gate();
    const lock = new Lock();
    const process = new Process({ target: targets.hold, args: [lock, gate.words] });
    process.start();
    await gate.arrived();
    process[how]();
    await process.join();
    expect(lock.abandoned).toBe(true);
    expect(() => lock.acquire()).toThrow(AbandonedLockError);
    lock.reset();
    expect(lock.acquire(0)).toBe(true);
  });
});

test('terminate() and kill() at any moment end a process, with their exit code', async () => {
  const random = numbersFrom(7);
  for (let round = 0; round < 4; round++) {
    const gate = new Gate();
    const processes = [0, 1, 2, 3, 4, 5].map((i) => {
      const target = [targets.spin, targets.tick, targets.passAsync][i % 3];
      return new Process({ target, args: target === targets.passAsync ? [1, gate.words] : [gate.words] } as never);
    });
    const codes = processes.map(async (process, i) => {
      const signal = i % 2 === 0 ? 'kill' : 'terminate';
      process.start();
      await process.join(random(80));
      process[signal]();
      process[signal]();
      await process.join();
      expect(process.error).toBeUndefined();
      return process.exitcode;
    });
    expect(await Promise.all(codes)).toEqual([-9, -15, -9, -15, -9, -15]);
  }
  expect(threads()).toBe(0);
});

/** Park and Miller's generator: whole numbers from 0 up to `below`. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}
