/** No message of the sources is missing in messages.md, unless it is said here why. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { RULES } from '#lib/pool/option-rules.js';
import { sitesOf, type Site } from './sites.js';

const messages = readFileSync('spec/errors/messages.md', 'utf8').match(/^ {2}> .*$/gm) ?? [];

/** Where, and the beginning of what is said there → why nobody can be made to see it here. */
const EXCEPTIONS: readonly (readonly [file: string, begins: string, why: string])[] = [
  ['lib/channels/messages.ts', 'A message held a SharedMemory of a heap', 'takes a bare Worker: bare.spec.ts'],
  ['lib/channels/puts.ts', 'Within  ms the put of another', 'takes a thread stopped in a put: queue-deaths.spec.ts'],
  ['lib/channels/puts.ts', "The queue's  items take nearly all", 'takes 1 GiB: queue.spec.ts'],
  ['lib/channels/ring-memory.ts', 'There is no address space', 'takes a machine that has none'],
  ['lib/channels/ring-memory.ts', 'The machine has no memory', 'takes a machine that has none'],
  ['lib/cli/tune-arguments.ts', '--items-from : expected items', 'takes a file: tune.spec.ts has its neighbours'],
  ['lib/lab/bench.ts', 'The thread of the loop ended', 'internal: tune tells what ended it'],
  ['lib/lab/statistics.ts', 'Expected at least one sample', 'internal: no figure without samples'],
  ['lib/memory/attachments.ts', 'At most  threads', 'takes 257 threads: lives.spec.ts'],
  ['lib/memory/growable.ts', 'There is no address space', 'takes a machine that has none'],
  ['lib/memory/growable.ts', 'The machine has no memory', 'takes a machine that has none'],
  ['lib/pool/imap.ts', 'the iterator was left', 'internal: nobody hears of it'],
  ['lib/pool/inbox.ts', 'granule: ', 'internal: an invariant'],
  ['lib/pool/pool-workers.ts', 'granule: ', 'internal: an invariant'],
  ['lib/pool/results.ts', 'granule: ', 'internal: an invariant'],
  ['lib/sync/port-end.ts', 'never sent', 'internal: nobody hears of it'],
  ['lib/tasks/codec/decoder.ts', 'No value starts', 'internal: an invariant'],
  ['lib/tasks/codec/decoder.ts', 'Nobody here knows', 'internal: an invariant'],
  ['lib/tasks/codec/encoder.ts', 'for a message', 'internal: caught by who encodes'],
  ['lib/tasks/codec/encoder.ts', 'post it', 'internal: caught by who encodes'],
  ['workers/lab/loop.ts', 'item  failed', 'internal: the lab tells of its cause'],
];

const isException = ({ place, literal }: Site): boolean =>
  EXCEPTIONS.some(([file, begins]) => place.startsWith(`${file}:`) && literal.startsWith(begins));

const sites = [...sitesOf('lib'), ...sitesOf('workers')];

describe('the messages of the sources', () => {
  test('are found', () => {
    expect(sites.length).toBeGreaterThan(150);
  });

  test('are all in messages.md, or an exception', () => {
    const isIn = ({ pattern }: Site): boolean => messages.some((message) => pattern.test(message));
    const missing = sites.filter((site) => !isException(site) && !isIn(site));
    expect(missing.map(({ place, literal }) => `${place} ${literal}`)).toEqual([]);
  });

  test('that are exceptions are there', () => {
    const gone = EXCEPTIONS.filter(
      ([file, begins]) => !sites.some((site) => site.place.startsWith(`${file}:`) && site.literal.startsWith(begins)),
    );
    expect(gone).toEqual([]);
  });

  test.each(Object.entries(RULES).filter(([, { expected }]) => expected !== 'a value' && expected !== 'a task'))(
    'of the option %s are in it',
    (name, { expected }) => {
      expect(messages.some((message) => message.includes(`Expected \`${name}\` to be ${expected}, got `))).toBe(true);
    },
  );
});

test('a message of one sentence ends without a full stop, one that goes on ends with one', () => {
  const wrong = messages.filter((message) => {
    const text = message.replace(/^[^:]*: /, '').replace(/`[^`]*`|'[^']*'/g, 'x');
    if (/[)\]}…]$/.test(text)) return false; // ends with code
    return text.endsWith('.') !== /[a-z)\]x]\. [A-Z]/.test(text);
  });
  expect(wrong).toEqual([]);
});
