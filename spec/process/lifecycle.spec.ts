import { describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { move, Lock, Process, SerializationError, taskModule, Value } from 'granule';
import { Gate, sharedWords } from '../support/gate.js';
import { stderr, watchProcesses } from '../support/processes.js';
import { threads } from '../support/threads.js';

const targets = taskModule<typeof import('../fixtures/process/targets.js')>(
  new URL('../fixtures/process/targets.js', import.meta.url),
);
watchProcesses();

describe('a process', () => {
  test('runs a function of a module with its args, and ends with 0', async () => {
    const sum = sharedWords(1);
    const process = new Process({ target: targets.add, args: [3, 4, sum] });
    process.start();
    await process.join();
    expect(sum[0]).toBe(7);
    expect(process.exitcode).toBe(0);
    expect(process.error).toBeUndefined();
    expect(stderr()).toBe('');
  });

  test('runs a function by its source', async () => {
    const sum = sharedWords(1);
    const process = new Process({
      target: async (words: Int32Array, by: number) => {
        await Promise.resolve();
        Atomics.add(words, 0, by);
      },
      args: [sum, 5],
    });
    process.start();
    await process.join();
    expect(sum[0]).toBe(5);
  });

  test('without a target does nothing, and ends with 0', async () => {
    const process = new Process();
    process.start();
    await process.join();
    expect(process.exitcode).toBe(0);
  });

  test('is new, then running, though it is blocked, then ended', async () => {
    const gate = new Gate();
    const process = new Process({ target: targets.pass, args: [1, gate.words] });
    expect([process.isAlive(), process.pid, process.exitcode]).toEqual([false, undefined, undefined]);
    process.start();
    expect([process.isAlive(), process.exitcode]).toEqual([true, undefined]);
    expect(process.pid).toBeGreaterThan(0);
    await gate.arrived();
    expect(process.isAlive()).toBe(true);
    gate.open();
    await process.sentinel;
    expect([process.isAlive(), process.exitcode]).toEqual([false, 0]);
    expect(process.pid).toBeGreaterThan(0);
  });

  test('five are started in a loop and joined', async () => {
    const squares = sharedWords(5);
    const processes = [0, 1, 2, 3, 4].map((x) => new Process({ target: targets.squareInto, args: [x, squares] }));
    for (const process of processes) process.start();
    for (const process of processes) await process.join();
    expect([...squares]).toEqual([0, 1, 4, 9, 16]);
    expect(processes.map(({ exitcode }) => exitcode)).toEqual([0, 0, 0, 0, 0]);
    expect(threads()).toBe(0);
  });

  test('join(timeout) resolves though the process runs on', async () => {
    const gate = new Gate();
    const process = new Process({ target: targets.pass, args: [1, gate.words] });
    process.start();
    await process.join(5);
    expect(process.isAlive()).toBe(true);
    await process.join(0);
    expect(process.isAlive()).toBe(true);
    gate.open();
    await process.join(Infinity);
    expect(process.isAlive()).toBe(false);
    await process.join();
  });

  test('runs on while something of its own is pending, as a program does', async () => {
    const gate = new Gate();
    const process = new Process({ target: targets.tick, args: [gate.words] });
    process.start();
    await gate.arrived();
    expect(process.isAlive()).toBe(true);
    process.kill();
    await process.join();
  });

  test('has state of its own: a variable of a module that it changes does not change here', async () => {
    const words = sharedWords(1);
    const { counted } = await import('../fixtures/process/targets.js');
    for (let i = 0; i < 2; i++) {
      const process = new Process({ target: targets.countHere, args: [words] });
      process.start();
      await process.join();
      expect(words[0]).toBe(1);
    }
    expect(counted()).toBe(0);
  });

  test('that is not started yet runs here what run() is called for', async () => {
    const sum = sharedWords(1);
    expect(new Process({ target: (x: number) => x * x, args: [7] }).run()).toBe(49);
    await new Process({ target: targets.add, args: [1, 2, sum] }).run();
    expect(sum[0]).toBe(3);
    expect(new Process().run()).toBeUndefined();
  });
});

describe('what a process is given', () => {
  test('is copied, moved and shared as a task’s arguments are', async () => {
    const total = new Value('i', 1);
    const lock = new Lock();
    const moved = new Float64Array([1, 2, 3]);
    const process = new Process({
      target: (value: Value<'i'>, guard: Lock, list: Float64Array, map: Map<string, number>, text: Buffer) => {
        const held = guard.hold();
        value.add(list.length + map.get('two')! + text.toString().length);
        held[Symbol.dispose]();
      },
      args: [total, lock, move(moved), new Map([['two', 20]]), Buffer.from('äö')],
    });
    process.start();
    await process.join();
    expect(process.error).toBeUndefined();
    expect(total.value).toBe(26);
    expect(moved.length).toBe(0);
  });

  test('that cannot cross fails at start(), by its path; the process may be started once it can', async () => {
    const words = sharedWords(2);
    const args = { words, parts: [1, 2] as readonly unknown[] };
    const process = new Process({ target: targets.store as never, args: [args] as never });
    args.parts = [1, () => 2];
    expect(() => { process.start(); }).toThrow(SerializationError);
    expect(() => { process.start(); }).toThrow('`args[0].parts[1]`');
    args.parts = [1, 2];
    process.start();
    await process.join();
    expect([...words]).toEqual([1, 2]);
  });

  test('and fails only as it is sent, is a SerializationError too', async () => {
    const { port1, port2 } = new MessageChannel();
    port1.close();
    await new Promise((resolve) => port2.addEventListener('close', resolve, { once: true })).catch(() => undefined);
    const process = new Process({ target: targets.doNothing, args: [move(port1)] as never });
    expect(() => { process.start(); }).toThrow(SerializationError);
    expect(threads()).toBe(0);
  });
});

describe('names', () => {
  test('count up in the order of making, and may be given', () => {
    const [first, second] = [new Process(), new Process({ name: 'mine' })];
    const third = new Process();
    const number = Number(/^Process-(\d+)$/.exec(first.name)?.[1]);
    expect(second.name).toBe('mine');
    expect(third.name).toBe(`Process-${number + 2}`);
  });
});

describe('close()', () => {
  test('is refused while it runs; afterwards every other member throws', async () => {
    const gate = new Gate();
    const process = new Process({ target: targets.pass, args: [1, gate.words], name: 'guarded' });
    process.start();
    expect(() => { process.close(); }).toThrow(/guarded still runs/);
    gate.open();
    await process.join();
    process.close();
    process.close();
    const members: (() => unknown)[] = [
      () => process.name,
      () => process.daemon,
      () => (process.daemon = true),
      () => process.pid,
      () => process.exitcode,
      () => process.error,
      () => process.sentinel,
      () => process.isAlive(),
      () => process.start(),
      () => process.run(),
      () => process.terminate(),
      () => process.kill(),
    ];
    for (const member of members) expect(member).toThrow('Process guarded is closed');
    await expect(process.join()).rejects.toThrow('Process guarded is closed');
    expect(inspect(process)).toBe('Process { guarded, closed }');
  });

  test('is allowed on a process that was never started', () => {
    const process = new Process();
    process.close();
    expect(() => process.name).toThrow('is closed');
  });
});

describe('refused', () => {
  test('a second start()', async () => {
    const process = new Process({ name: 'once' });
    process.start();
    expect(() => { process.start(); }).toThrow('Process once was started before');
    await process.join();
    expect(() => { process.start(); }).toThrow('Process once was started before');
  });

  test('join(), terminate() and kill() before start()', async () => {
    const process = new Process();
    await expect(process.join()).rejects.toThrow('has not been started');
    expect(() => { process.terminate(); }).toThrow('has not been started');
    expect(() => { process.kill(); }).toThrow('has not been started');
  });

  test('daemon, once it is started', async () => {
    const process = new Process();
    process.daemon = true;
    expect(process.daemon).toBe(true);
    process.start();
    expect(() => { process.daemon = false; }).toThrow('`daemon` can only be set before');
    await process.join();
  });

  test.each([
    ['options', 7],
    ['options', null],
    ['target', { target: 7 }],
    ['target', { target: Math.max }],
    ['args', { args: 'abc' }],
    ['name', { name: '' }],
    ['name', { name: 7 }],
    ['daemon', { daemon: 1 }],
  ])('%s: %p', (what, options) => {
    expect(() => new Process(options as never)).toThrow(TypeError);
    expect(() => new Process(options as never)).toThrow(`\`${what}\``);
  });

  test('times that are none', async () => {
    const process = new Process();
    process.start();
    await expect(process.join(-1)).rejects.toThrow(RangeError);
    await expect(process.join('1' as never)).rejects.toThrow(TypeError);
    await process.join();
  });
});

test('util.inspect shows name, state and exit code', async () => {
  const process = new Process({ name: 'shown', target: targets.exit, args: [3] });
  expect(inspect(process)).toContain("state: 'new'");
  process.start();
  expect(inspect(process)).toMatch(/name: 'shown',\s+state: 'running',\s+pid: \d+/);
  await process.join();
  expect(inspect(process)).toMatch(/state: 'ended',[^]*exitcode: 3/);
});
