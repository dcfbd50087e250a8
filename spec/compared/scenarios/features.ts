import type { Cell } from '../library.js';
import { described, messagesPosted, outcomeOf, pause, until, words } from '../support.js';

/** What only some libraries have, and each in its own way: a library hands over its way, these judge it. */

export const plain = (works: boolean): Cell => ({ cell: works ? 'yes' : '–' });

const ITEMS = Array.from({ length: 1000 }, (_, i) => i);

/** A map of x + 1 over 1000 numbers that is right, and posts fewer messages to threads than it has items. */
export async function mapInChunks(open: () => Promise<(items: number[]) => PromiseLike<unknown[]>>): Promise<Cell> {
  const map = await open();
  await map([1, 2, 3]);
  const posted = messagesPosted();
  const results = await map(ITEMS);
  const messages = posted();
  if (!ITEMS.every((item, i) => results[i] === item + 1)) return { cell: '–' };
  return { cell: messages < ITEMS.length ? 'yes' : 'one message an item', detail: `${messages} messages` };
}

/** An endless source, of which the loop takes ten, and then waits: the reading must stop. */
export async function lazyIteration(imap: (source: Iterable<number>) => AsyncIterable<unknown>): Promise<Cell> {
  let read = 0;
  function* source() {
    for (;;) yield read++;
  }
  let taken = 0;
  let soon = 0;
  for await (const _ of imap(source())) {
    if (++taken < 10) continue;
    await pause(500);
    soon = read;
    await pause(500);
    break;
  }
  return { cell: read === soon ? 'yes' : 'reads ahead without bound', detail: `${read} read for 10 taken` };
}

/** The task stores 1 in the word when it has begun, and 2 when it sees that its call was given up. */
export async function abortIsSeen(
  start: (word: Int32Array, signal: AbortSignal) => PromiseLike<unknown>,
  cell: string,
): Promise<Cell> {
  const word = words(0);
  const controller = new AbortController();
  const call = outcomeOf(() => start(word, controller.signal));
  await until(() => word[0] === 1);
  controller.abort();
  await call;
  return { cell: (await until(() => word[0] === 2, 3000)) ? cell : '–' };
}

/** Two tasks add 2000 each to a counter, under one lock. */
export async function lockedCounter(start: (counter: Int32Array) => PromiseLike<unknown>[]): Promise<Cell> {
  const counter = words(0);
  const outcome = await outcomeOf(() => Promise.all(start(counter)), 15_000);
  return { ...plain(outcome.state === 'resolves' && counter[0] === 4000), detail: `${counter[0]} of 4000` };
}

/** A task asks for a lock whose owner has ended. */
export async function deadOwner(acquire: () => PromiseLike<unknown>): Promise<Cell> {
  const outcome = await outcomeOf(acquire);
  if (outcome.state === 'hangs') return { cell: 'waits for ever' };
  return 'error' in outcome ? { cell: 'an error', detail: described(outcome.error) } : { cell: 'gets it' };
}

/** Two tasks of low priority wait, then one of high: it must come first. */
export async function inPriority(
  block: () => PromiseLike<unknown>,
  run: (priority: 'low' | 'high', label: string) => PromiseLike<unknown>,
  cell: string,
): Promise<Cell> {
  const order: string[] = [];
  const blocked = block();
  await pause(50);
  const calls = (['low', 'low', 'high'] as const).map((priority) =>
    run(priority, priority).then(() => order.push(priority)));
  await Promise.all([blocked, ...calls]);
  return { cell: order[0] === 'high' ? cell : '–', detail: order.join(', ') };
}

/** The task gives its process's id. */
export const otherProcess = async (pid: PromiseLike<unknown>): Promise<Cell> => {
  const id = await pid;
  return plain(typeof id === 'number' && id !== process.pid);
};
