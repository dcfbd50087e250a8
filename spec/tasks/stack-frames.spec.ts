import { describe, expect, test } from '@jest/globals';
import { withCaller, withoutRunner } from '#lib/tasks/stack-frames.js';

const home = new URL('../../../dist/', import.meta.url).href;
const task = '    at square (file:///app/tasks.js:3:9)';
const lock = `    at Lock.release (${home}lib/sync/lock.js:40:11)`;
const runner = `    at Runner.run (${home}lib/pool/runner.js:90:20)`;
const entry = `    at async start (${home}workers/pool.js:12:3)`;
const kernel = `    at countPrimes (${home}workers/kernels/primes.js:7:1)`;
const piscina = '    at async file:///app/node_modules/piscina/dist/worker.js:150:20';
const node = '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)';
const read = '    at readFileSync (node:fs:448:20)';

const stack = (...frames: string[]) => ['Error: one', 'two', ...frames].join('\n');

describe('withoutRunner', () => {
  test.each<[string, string[], string[]]>([
    ['cuts what ran the task', [task, runner, entry, node, piscina], [task]],
    ['cuts it from under a task that awaited', [task, node, runner, entry], [task, node]],
    ["keeps granule's frames where the task called it", [lock, task, runner, node], [lock, task]],
    ['keeps the frames of tasks that come with granule', [kernel, runner, node], [kernel]],
    ["keeps Node's frames where granule is not beneath them", [task, node], [task, node]],
    ["keeps Node's frames above the task", [read, task, runner], [read, task]],
    ["cuts all of an error that is granule's own", [runner, entry, piscina], []],
    ['keeps a stack without frames', [], []],
  ])('%s', (_, frames, left) => {
    expect(withoutRunner(stack(...frames))).toBe(stack(...left));
  });

  test('takes what is no stack for a header', () => {
    expect(withoutRunner('')).toBe('');
    expect(withoutRunner('    at square (file:///app/tasks.js)')).toBe('    at square (file:///app/tasks.js)');
  });
});

describe('withCaller', () => {
  const info = { name: 'square', index: 7, threadId: 2 };
  const pool = `    at Pool.map (${home}lib/pool/pool.js:30:5)`;
  const main = '    at main (file:///app/main.js:12:14)';

  test("goes on with the caller's frames, from the caller's own code on", () => {
    expect(withCaller(stack(task), info, ['Error', pool, main, node].join('\n'))).toBe(
      stack(task, '    at … [square, item 7, thread 2]', main, node),
    );
  });

  test('names a call without items without one', () => {
    expect(withCaller(stack(task), { ...info, index: undefined }, undefined)).toBe(
      stack(task, '    at … [square, thread 2]'),
    );
  });

  test('adds nothing where nothing is known', () => {
    expect(withCaller(stack(task), undefined, undefined)).toBe(stack(task));
    expect(withCaller(stack(task), undefined, ['Error', pool].join('\n'))).toBe(stack(task));
  });
});
