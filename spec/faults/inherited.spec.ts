/**
 * What a program's own prototype pollution may not make granule do: load what a property of Object.prototype names, or
 * give threads its environment and flags. Each in a program of its own.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { run, type Outcome } from '../package/folder.js';

function program(...args: string[]): Promise<Outcome> {
  const file = fileURLToPath(new URL('../fixtures/faults/programs/inherited.js', import.meta.url));
  return run(process.execPath, [file, ...args], '.');
}

const ofPool = [1, [1, 4], [9], 16, [25], 36, 7, 'TypeError'];
const answers = JSON.stringify([...ofPool, ...ofPool, 0, 8, 9, true, 10, 0, 11, 'TypeError']);

test.each([
  ['before granule was imported', 'here', 'before'],
  ['after granule was imported', 'here', 'after'],
  ['in the thread that uses granule', 'thread', 'after'],
])('properties of Object.prototype, put there %s, load no code and are no options', async (_, where, when) => {
  expect(await program(where, 'polluted', when)).toEqual({ code: 0, stdout: `${answers}\n`, stderr: '' });
});

test('granule works where the prototypes are frozen', async () => {
  expect(await program('here', 'frozen')).toEqual({ code: 0, stdout: `${answers}\n`, stderr: '' });
});

test('where a Worker is started with a plain object, they do load it', async () => {
  expect((await program('here', 'plainWorker')).stdout).toMatch(/^loaded\n/);
});

test('granule reads nothing of Object.prototype, whatever the name', async () => {
  expect(await program('here', 'reads')).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
});
