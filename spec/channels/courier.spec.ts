/** What the courier keeps for messages, and what it does not keep any more. */

import { BroadcastChannel } from 'node:worker_threads';
import { afterEach, expect, test } from '@jest/globals';
import { Lock, Queue } from 'granule';
import { endCourier, send } from '#lib/channels/courier.js';
import { sharedWords } from '../support/gate.js';
import { endThreads, start } from './queue-start.js';

afterEach(endThreads);
afterEach(endCourier);

test('what was not put is not kept: full, closed, aborted, or too late', async () => {
  const queue = new Queue<unknown>(1);
  queue.put(0);
  const item = () => ({ lock: new Lock(), memory: new SharedArrayBuffer(8) });
  expect(() => { queue.put(item(), 0); }).toThrow(/still had its 1 item /);
  expect(() => { queue.put(new Lock(), 5); }).toThrow(/still had its 1 item /);
  await expect(queue.putAsync(item(), { timeout: 5 })).rejects.toMatchObject({ code: 'ERR_GRANULE_QUEUE_FULL' });
  const controller = new AbortController();
  const aborted = queue.putAsync(item(), { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  const waiting = queue.putAsync(item());
  queue.close();
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_GRANULE_QUEUE_CLOSED' });
  expect(() => { queue.put(item()); }).toThrow(/closed/);
  expect(await endCourier()).toBe(0);
});

test('what was put is kept until it is taken', async () => {
  const queue = new Queue<unknown>();
  queue.put([new Lock(), new Lock()]);
  expect(await endCourier()).toBe(2);
});

test('a taker that asks twice, as it does where the courier is slow, takes nothing from another', async () => {
  const lock = new Lock();
  const queue = new Queue<{ lock: Lock }>();
  for (let i = 0; i < 2; i++) queue.put({ lock });
  // Asks as a taker does, over and over, and never says that it has it.
  const memory = new SharedArrayBuffer(4);
  const { table, thread, key } = send(memory);
  const desk = new BroadcastChannel(`granule.courier:${table}:${thread}`);
  const inbox = new BroadcastChannel('granule.parcel:asked over and over');
  const bell = sharedWords(1);
  const ofTheLock = `${key.slice(0, key.lastIndexOf(':'))}:${Number(key.slice(key.lastIndexOf(':') + 1)) - 1}`;
  let answers = 0;
  inbox.onmessage = () => answers++;
  while (answers < 2) {
    desk.postMessage({ key: ofTheLock, answer: inbox.name, bell });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  desk.close();
  inbox.close();
  const takers = [start('whatComes', queue), start('whatComes', queue)];
  for (const { result } of takers) expect(await result).toBe('Lock');
});
