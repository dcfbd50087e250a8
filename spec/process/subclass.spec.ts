import { describe, expect, test } from '@jest/globals';
import { Process, SerializationError, taskModule } from 'granule';
import * as classes from '../fixtures/process/classes.js';
import { sharedWords } from '../support/gate.js';
import { notebook, read, stderr, watchProcesses } from '../support/processes.js';
import { threads } from '../support/threads.js';

const { add } = taskModule<typeof import('../fixtures/process/targets.js')>(
  new URL('../fixtures/process/targets.js', import.meta.url),
);
watchProcesses();

async function run(process: Process): Promise<Process> {
  process.start();
  await process.join();
  return process;
}

describe('a subclass', () => {
  test('runs its run() with its own fields', async () => {
    const seen = sharedWords(1);
    const process = await run(new classes.Loop(5, seen));
    expect(process.error).toBeUndefined();
    expect(seen[0]).toBe(5);
    expect(process.name).toMatch(/^Loop-\d+$/);
  });

  test('of a subclass runs the methods that it overrides', async () => {
    const seen = sharedWords(1);
    await run(new classes.ByTwo(5, seen));
    expect(seen[0]).toBe(10);
  });

  test('finds name, pid and daemon in run(), where the constructor does not run again', async () => {
    const words = notebook();
    const process = await run(new classes.Introspective(words, { name: 'Ada', daemon: true }));
    expect(process.error).toBeUndefined();
    expect(read(words)).toEqual({
      name: 'Ada',
      pid: process.pid,
      daemon: true,
      alive: true,
      constructed: 0,
      refusals: ['GranuleError', 'GranuleError', 'GranuleError'],
    });
  });

  test('has its target and args in super.run()', async () => {
    const words = sharedWords(1);
    const process = await run(new classes.Wrapping(words, { target: add, args: [1, 2, words] }));
    expect(process.error).toBeUndefined();
    expect(words[0]).toBe(103);
  });

  test('may be exported under another name', async () => {
    const words = sharedWords(1);
    await run(new classes.Alias(words));
    expect(words[0]).toBe(7);
  });
});

describe('refused at start(), before there is a thread', () => {
  test('a class that does not say where it is', () => {
    class Here extends Process {
      override run(): void {}
    }
    expect(() => { new Here().start(); }).toThrow(TypeError);
    expect(() => { new Here().start(); }).toThrow(/the class Here to say where it lives: .*module = import\.meta\.url/);
    expect(() => { new classes.Astray(1, sharedWords(1)).start(); }).toThrow(/the class Astray to say where/);
    expect(() => { new (class extends Process { override run(): void {} })().start(); }).toThrow(/with a name/);
    expect(threads()).toBe(0);
  });

  test('a module that is no file: URL, or not there', () => {
    expect(() => { new classes.Placeless().start(); }).toThrow("`Placeless.module` to be a file: URL");
    expect(() => { new classes.Lost().start(); }).toThrow(/`Lost\.module` .* there is no file:.*is-not-there\.js/);
    expect(threads()).toBe(0);
  });

  test('a field that cannot cross, by its path', () => {
    expect(() => { new classes.Encumbered().start(); }).toThrow(SerializationError);
    expect(() => { new classes.Encumbered().start(); }).toThrow('`this.handlers.done`');
    const process = new Process();
    process.run = () => 1;
    expect(() => { process.start(); }).toThrow(TypeError);
  });
});

describe('the process’s error', () => {
  test('is that its module does not export the class', async () => {
    const process = await run(classes.makeHidden());
    expect(process.exitcode).toBe(1);
    expect(process.error).toBeInstanceOf(TypeError);
    expect(process.error!.message).toMatch(
      /class Hidden to be exported by file:.*classes\.js, .* Write `export class Hidden extends Process`/,
    );
    expect(stderr()).toContain(`Process ${process.name}:\nTypeError: Expected the class Hidden`);
  });

  test('is that a private field does not travel, and says so', async () => {
    const process = await run(new classes.Secretive());
    expect(process.exitcode).toBe(1);
    expect(process.error!.message).toMatch(/#secret.*private fields and methods \(#x\) of Secretive do not travel/);
  });
});
