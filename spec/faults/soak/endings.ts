/** Pools with full queues are ended, in every manner, while threads end: every call settles all the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'granule';
import { Crew } from './crew.js';
import { around, type Part, type Turn } from './part.js';
import { start, type Call } from './calls/call.js';
import { verdict } from './calls/verdict.js';
import { busyWords, endNowAndThen } from './strangers.js';

const manners: readonly (readonly [string, (pool: Pool) => Promise<unknown>])[] = [
  ['close() and join()', (pool) => (pool.close(), pool.join())],
  ['`await using`', (pool) => pool[Symbol.asyncDispose]()],
  ['terminate()', (pool) => pool.terminate()],
  ['terminate(), twice', (pool) => Promise.all([pool.terminate(), pool.terminate()])],
  ['close(), then terminate()', (pool) => (pool.close(), sleep(5).then(() => pool.terminate()))],
];
let pools = 0;

export const endings: Part = {
  name: 'endings',
  async run(turn) {
    for (const manner of around(manners, turn)) await onePool(turn, manner);
  },
};

async function onePool(turn: Turn, [manner, end]: (typeof manners)[number]): Promise<void> {
  const { random } = turn;
  const name = `soak-endings-${++pools}`;
  using crew = new Crew(name, turn);
  const strangers = random.below(2) === 0;
  const busy = busyWords();
  const pool = new Pool({ threads: 2, name, maxQueue: 6 });
  // Also one whose threads are only starting.
  if (random.below(3) > 0) await pool.ready();
  turn.progress(`${manner}, ${strangers ? 'with' : 'without'} strangers`);
  const started: Call[] = [];
  for (let i = 0; i < 12; i++) started.push(start(pool, random, busy, false));
  const over = new AbortController();
  const stranger = strangers ? endNowAndThen(crew, turn, busy, over.signal) : 0;
  const verdicts = Promise.all(started.map((call) => verdict(call, strangers, true)));
  await sleep(random.below(150));
  const ended = end(pool);
  const wrong = (await verdicts).flat();
  await ended;
  over.abort();
  if (wrong.length > 0) turn.violation(`ended by ${manner}: ${wrong.join('\n')}`);
  turn.count('deaths: ended from outside', await stranger);
  turn.count('deaths while a pool ends', crew.lost);
  turn.count('deaths', crew.lost);
  turn.count(`pools ended by ${manner}`);
  turn.count('pools');
  turn.count('calls', started.length);
}
