/**
 * Every message that a user can come to see, provoked for real, and all of them in one file, messages.md, to be read
 * as prose. Where they differ the spec writes build/errors/messages.md: read it, and copy it there.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool } from 'granule';
import { channelsRoom } from './channels.js';
import { cliRoom } from './cli.js';
import { managerRoom, processRoom } from './lives.js';
import { poolRoom } from './pool.js';
import { provoked, written, type Provocations, type Room } from './provoke.js';
import { memoryRoom, syncRoom } from './shared.js';
import { tasksRoom } from './tasks.js';
import { watchProcesses } from '../support/processes.js';

const rooms: Readonly<Record<string, Room>> = {
  'Tasks, and what can cross': tasksRoom,
  Pools: poolRoom,
  'Locks and their kin': syncRoom,
  'Shared memory': memoryRoom,
  'Queues and pipes': channelsRoom,
  Processes: processRoom,
  Managers: managerRoom,
  'The command': cliRoom,
};
const KNOWN = 'spec/errors/messages.md';

let pool: Pool;
beforeAll(() => {
  pool = new Pool(1);
});
afterAll(() => pool.terminate());
watchProcesses();

const said = new Map<string, string>();

describe.each(Object.entries(rooms))('%s', (title, room) => {
  // The pool is there once a test runs.
  const titles = Object.keys(room(undefined as never));
  let provocations: Provocations;
  beforeAll(() => {
    provocations = room(pool);
  });

  test.each(titles)('%s', async (when) => {
    said.set(`${title}\n${when}`, written(await provoked(provocations[when])));
  });
});

test('all messages are as in messages.md', () => {
  const text = Object.keys(rooms).map((title) => `## ${title}\n\n${sectionOf(title)}`);
  const head = '# Every message\n\nWhat was done, and what it is answered. Written by messages.spec.ts.';
  const page = `${head}\n\n${text.join('\n')}`;
  mkdirSync('build/errors', { recursive: true });
  writeFileSync('build/errors/messages.md', page);
  expect(page).toBe(readFileSync(KNOWN, 'utf8'));
});

function sectionOf(title: string): string {
  const entries = [...said].filter(([key]) => key.startsWith(`${title}\n`));
  return entries.map(([key, message]) => `- ${key.slice(title.length + 1)}\n  > ${message}\n`).join('');
}
