/** What keeps a program alive: whoever waits, and nothing else. */

import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { run } from '../package/folder.js';

const file = fileURLToPath(new URL('../fixtures/channels/queue-program.js', import.meta.url));

test.each([
  { what: 'a queue with items, one of which went to the courier, does not', how: 'idle', prints: 'idle' },
  { what: 'a pending get does, until its time is over', how: 'get', prints: 'ERR_GRANULE_QUEUE_EMPTY' },
  { what: 'a pending put does, until its time is over', how: 'put', prints: 'ERR_GRANULE_QUEUE_FULL' },
  { what: 'gets that were aborted do not', how: 'abort', prints: 'aborted\naborted' },
])('$what', async ({ how, prints }) => {
  expect(await run(process.execPath, [file, how], '.')).toEqual({ code: 0, stdout: `${prints}\n`, stderr: '' });
});
