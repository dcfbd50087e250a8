/** Objects with a port, through every way into a pool's threads and back. */

import { on, once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, test } from '@jest/globals';
import { move, SerializationError, taskModule, WorkerLostError, type Pool } from 'granule';
import { Encoder } from '#lib/tasks/codec/encoder.js';
import { dropMessage, packMessage, prepareMessage, unpackMessage } from '#lib/tasks/codec/message.js';
import { carryAs, isCarried, reviveCarried } from '#lib/tasks/carry.js';
import { Tap, Wire } from '../fixtures/tasks/carried.js';
import type * as Tasks from '../fixtures/tasks/carried.js';
import { openPool } from '../support/pools.js';

const tasks = taskModule<typeof Tasks>(new URL('../fixtures/tasks/carried.js', import.meta.url));

const close: (() => void)[] = [];
afterEach(() => {
  for (const end of close.splice(0)) end();
});

function wire() {
  const { port1, port2 } = new MessageChannel();
  close.push(() => { port1.close(); });
  return { here: port1, there: new Wire(port2), holder: (there: Wire) => ({ deep: [{ wire: there }] }) };
}
function tap(): Tap {
  const made = new Tap();
  close.push(() => { made.close(); });
  return made;
}

/** Resolves when so many have been heard; ports deliver as the event loop turns. */
async function heard(by: Tap, count: number): Promise<string[]> {
  while (by.heard.length < count) await new Promise((resolve) => setImmediate(resolve));
  return [...by.heard].sort();
}

/** Every way in which an object of which there is one would come to several threads. */
const toSeveral: Record<string, (pool: Pool, there: Wire) => unknown> = {
  '`args\\[0\\].wire`.*the args of map\\(\\)': (pool, there) =>
    pool.map(tasks.tell, ['a'], { args: [{ wire: there }] }),
  '`args\\[0\\]`.*the args of broadcast\\(\\)': (pool, there) => pool.broadcast(tasks.giveBack, [there]),
  '`items\\[1\\]`.*in this call twice': (pool, there) => pool.map(tasks.giveBack, [there, there], { chunksize: 1 }),
  '`items\\[3\\]\\[0\\]`.*in this call twice': (pool, there) =>
    pool.starmap(tasks.giveBack, [[there], [wire().there], [wire().there], [there]]),
};

describe.each(['threads', 'inline'] as const)('through a pool (%s)', (execution) => {
  test('an object with a port arrives as one of its class, at any depth', async () => {
    const pool = openPool({ threads: 2, execution });
    const { here, there, holder } = wire();
    const message = once(here, 'message');
    expect(await pool.apply(tasks.say, [holder(there), 'hello'])).toBe('Wire');
    expect(await message).toEqual(['hello']);
    expect(there.gone).toBe(true);
  });

  test('each of many items takes its own', async () => {
    const pool = openPool({ threads: 2, execution });
    const wires = Array.from({ length: 20 }, wire);
    const messages = wires.map(({ here }) => once(here, 'message'));
    await pool.starmap(tasks.say, wires.map(({ there, holder }, i) => [holder(there), `${i}`] as const));
    expect(await Promise.all(messages)).toEqual(wires.map((_, i) => [`${i}`]));
  });

  test('it comes back as a result', async () => {
    const pool = openPool({ threads: 1, execution });
    const { here, there } = wire();
    const { back } = await pool.apply(tasks.giveBack, [there]);
    expect(back).toBeInstanceOf(Wire);
    back.port.postMessage('again');
    expect(await once(here, 'message')).toEqual(['again']);
  });

  test('what is in one argument list twice is one object there', async () => {
    const { there } = wire();
    expect(await openPool({ threads: 1, execution }).apply(tasks.getTwice, [there, there])).toBe(true);
  });

  test.each(Object.keys(toSeveral))('what one thread alone can have is refused to several: %s', async (message) => {
    const pool = openPool({ threads: 2, execution });
    const { here, there, holder } = wire();
    const refused = new Promise((resolve) => { resolve(toSeveral[message](pool, there)); });
    await expect(refused).rejects.toThrow(SerializationError);
    await expect(refused).rejects.toThrow(new RegExp(`Cannot send ${message}`));
    expect(there.gone).toBe(false);
    const sent = once(here, 'message');
    await pool.apply(tasks.say, [holder(there), 'still here']);
    expect(await sent).toEqual(['still here']);
  });

  test('initargs take no object of which there is one', () => {
    const { there } = wire();
    const open = () => openPool({ threads: 2, execution, initializer: tasks.initialize, initargs: [there] as never });
    expect(open).toThrow(/`initargs\[0\]`.*a Wire, which goes to one thread, once; initargs go to every thread/);
    expect(there.gone).toBe(false);
  });

  test('a call that is refused for something else has sent nothing', async () => {
    const pool = openPool({ threads: 2, execution });
    const first = wire();
    const items: unknown[] = [first.there, wire().there, wire().there, () => 0];
    await expect(pool.map(tasks.giveBack, items as Wire[], { chunksize: 1 })).rejects.toThrow(/`items\[3\]`/);
    await expect(pool.map(tasks.giveBack, [first.there], { args: [() => 0] })).rejects.toThrow(/`args\[0\]`/);
    expect(first.there.gone).toBe(false);
  });

  test('a call whose message cannot be posted has sent nothing', async () => {
    const pool = openPool({ threads: 1, execution });
    const { here, there } = wire();
    const closed = new MessageChannel().port1;
    structuredClone(closed, { transfer: [closed as never] });
    const list = [there, move(closed)] as unknown as [Wire];
    await expect(pool.apply(tasks.giveBack, list)).rejects.toThrow(SerializationError);
    expect(there.gone).toBe(false);
    expect((await pool.apply(tasks.giveBack, [there])).back).toBeInstanceOf(Wire);
    here.close();
  });

  test('what is gone is refused, with its own words', async () => {
    const { there } = wire();
    const pool = openPool({ threads: 1, execution });
    await pool.apply(tasks.getTwice, [there, there]);
    await expect(pool.apply(tasks.giveBack, [there])).rejects.toThrow(
      'Cannot send `args[0]` to another thread: it is a Wire that is gone; make another',
    );
  });

  test('what any number of threads may have goes to each', async () => {
    const shared = tap();
    const pool = openPool({ threads: 2, execution, initializer: tasks.initialize, initargs: [shared] });
    await pool.broadcast(tasks.tellInitial, ['initial']);
    await pool.broadcast(tasks.tell, ['broadcast', shared]);
    await pool.map(tasks.tell, ['1', '2', '3'], { args: [shared] });
    await pool.starmap(tasks.tell, [['4', shared], ['5', shared]]);
    const threads = execution === 'inline' ? 1 : 2;
    const each = (text: string): string[] => Array<string>(threads).fill(text);
    const all = ['1', '2', '3', '4', '5', ...each('broadcast'), ...each('initial')];
    expect(await heard(shared, all.length)).toEqual(all);
    expect(shared.packed).toBeGreaterThanOrEqual(3 * threads);
  });
});

describe('a thread that is lost', () => {
  test('takes down what only it had', async () => {
    const pool = openPool(1);
    const { here, there } = wire();
    const closed = once(here, 'close');
    await expect(pool.apply(tasks.fail, [there] as never)).rejects.toThrow(WorkerLostError);
    await closed;
  });

  test('is replaced by one that gets its own of what goes to all', async () => {
    const shared = tap();
    const pool = openPool({ threads: 1, initializer: tasks.initialize, initargs: [shared] });
    const first = await pool.apply(tasks.tellInitial, ['first']);
    await expect(pool.apply(tasks.fail)).rejects.toThrow(WorkerLostError);
    expect(await pool.apply(tasks.tellInitial, ['second'])).not.toBe(first);
    expect(await heard(shared, 2)).toEqual(['first', 'second']);
    expect(shared.packed).toBe(2);
  });
});

describe('a message', () => {
  test('is what carried objects need, bytes are not enough', () => {
    expect(new Encoder().write([wire().there], 'value')).toBe(false);
    expect(isCarried(wire().there)).toBe(true);
    expect(isCarried(wire())).toBe(false);
  });

  test('of a Proxy or a function goes as what carryAs() said', async () => {
    const { here, there } = wire();
    const nosy = (): never => { throw new Error('asked'); };
    const proxy = new Proxy(() => 0, { get: nosy, has: nosy, ownKeys: nosy });
    expect(() => packMessage([proxy], 'value')).toThrow(SerializationError);
    carryAs(proxy, there);
    expect(new Encoder().write([proxy], 'value')).toBe(false);
    const { value, transfer } = packMessage({ proxy, again: [proxy] }, 'value');
    expect(transfer).toEqual([there.port]);
    const { proxy: arrived, again } = unpackMessage(structuredClone(value, { transfer: transfer as never })) as {
      proxy: Wire;
      again: Wire[];
    };
    expect(again).toEqual([arrived]);
    arrived.port.postMessage('as itself');
    for await (const [message] of on(here, 'message')) {
      expect(message).toBe('as itself');
      break;
    }
  });

  test('is loaded for each thread anew', () => {
    const shared = tap();
    const message = prepareMessage({ shared }, 'value');
    expect([message.carries, message.leaves, message.moves]).toEqual([true, false, false]);
    const [first] = message.load().transfer;
    expect(message.load().transfer).not.toEqual([first]);
    expect(shared.packed).toBe(2);
  });

  test('that nobody wants closes the ports in it', async () => {
    const { here, there } = wire();
    const { value, transfer } = packMessage(there, 'value');
    const closed = once(here, 'close');
    dropMessage(structuredClone(value, { transfer: transfer as never }));
    await closed;
  });

  test('of a class that is not known says so', () => {
    expect(() => reviveCarried('spec.Nothing', {})).toThrow(/'spec.Nothing'.*different versions of granule/s);
  });
});
