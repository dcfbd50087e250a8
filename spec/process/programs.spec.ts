/** What a program with processes prints, and when it ends. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { run, type Outcome } from '../package/folder.js';

function program(name: string, ...args: string[]): Promise<Outcome> {
  const file = fileURLToPath(new URL(`../fixtures/process/programs/${name}.js`, import.meta.url));
  return run(process.execPath, [file, ...args], '.');
}

describe('a program', () => {
  test.each(['daemon', 'daemon in the midst of something'])('ends without waiting for a %s', async (how) => {
    expect(await program('lives', how)).toEqual({ code: 0, stdout: 'end\n', stderr: '' });
  });

  test('waits at its end for a process that is no daemon', async () => {
    expect(await program('lives', 'no daemon')).toEqual({ code: 0, stdout: 'end\nchild done\n', stderr: '' });
  });

  test('is kept alive by join(), of a daemon too', async () => {
    expect(await program('lives', 'join a daemon')).toEqual({ code: 0, stdout: 'child done\nend\n', stderr: '' });
    expect(await program('lives', 'join a daemon for a while')).toMatchObject({ code: 0, stdout: 'true\nend\n' });
  });

  test('does not fail with a process of it: the traceback, with its name, is on stderr', async () => {
    const { code, stdout, stderr } = await program('lives', 'failing');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'end\n' });
    expect(stderr).toMatch(/^Process Ada:\nRangeError: the child failed\n {4}at fail .*\n/);
  });

  test('takes its processes along when it exits', async () => {
    expect(await program('lives', 'exit')).toEqual({ code: 3, stdout: '', stderr: '' });
  });
});

describe.each(['stdout', 'stderr'] as const)('what processes print to %s', (stream) => {
  test.each(['return', 'exit', 'throw'])('is there, line by line, when join() resolves: %s', async (how) => {
    const outcome = await program('printing', how, stream);
    expect(outcome.code).toBe(0);
    check(outcome[stream], 4);
  });
});

test('what twenty processes print at once is whole, line by line', async () => {
  check((await program('printing', 'return', 'stdout', '20')).stdout, 20);
});

test('join() waits for a reader that is late: what processes have printed is out when it resolves', async () => {
  const outcome = program('printing', 'return', 'stdout');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000); // here nothing is read meanwhile
  check((await outcome).stdout, 4);
});

/** Each of so many processes has printed 200 lines of various lengths, before the program's own last one. */
function check(output: string, processes: number): void {
  const lines = output.trim().split('\n');
  expect(lines.at(-1)).toBe('joined, 0 bytes to come');
  const printed = lines.filter((line) => /^\d+:\d+\.+$/.test(line));
  for (let id = 0; id < processes; id++) {
    const own = Array.from({ length: 200 }, (_, i) => `${id}:${i}${'.'.repeat(1 + ((id * 7 + i) % 120))}`);
    expect(printed.filter((line) => line.startsWith(`${id}:`))).toEqual(own);
  }
  expect(printed).toHaveLength(200 * processes);
}
