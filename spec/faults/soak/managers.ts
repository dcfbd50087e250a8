/** Threads end in the midst of a manager's calls, and managers do: every call settles, none counts twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Manager, Pool, taskModule } from 'granule';
import type { Misfortune } from '../../fixtures/manager/misfortunes.js';
import { ANSWERED, BEGUN } from '../../fixtures/faults/sharers.js';
import { Crew } from './crew.js';
import type { Part, Turn } from './part.js';
import { busyWords, endNowAndThen } from './strangers.js';

const { useManager } = taskModule<typeof import('../../fixtures/faults/sharers.js')>(
  new URL('../../fixtures/faults/sharers.js', import.meta.url),
);
const misfortunes = new URL('../../fixtures/manager/misfortunes.js', import.meta.url);
let pools = 0;

export const managers: Part = {
  name: 'managers',
  async run(turn) {
    while (performance.now() < turn.until) await oneManager(turn);
  },
};

async function oneManager(turn: Turn): Promise<void> {
  const { random } = turn;
  const name = `soak-managers-${++pools}`;
  using crew = new Crew(name, turn);
  const pool = new Pool({ threads: 3, name });
  const manager = await Manager.start();
  const dict = await manager.dict<string, number>({ n: 0 });
  const list = await manager.list<number>();
  const words = new Int32Array(new SharedArrayBuffer(8));
  const busy = busyWords();
  await pool.ready();
  const dies = random.below(3) === 0;
  turn.progress(`clients of a manager end${dies ? ', and it does' : ''}`);
  const over = new AbortController();
  const stranger = random.below(2) === 0 ? endNowAndThen(crew, turn, busy, over.signal) : 0;
  const circumstances = { busy, seed: random.below(2 ** 31), odds: 30 };
  const items = Array.from({ length: 24 }, (_, item) => item);
  const call = pool.mapSettled(useManager, items, { chunksize: 1, args: [dict, list, words, circumstances] });
  if (dies) await endManager(turn, manager);
  const outcomes = await call;
  over.abort();
  turn.count('deaths: ended from outside', await stranger);
  await crew.complete(pool, turn);
  let closed = 0;
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') closed += outcome.value === 'closed' ? 1 : 0;
    else if ((outcome.reason as { code?: string }).code !== 'ERR_GRANULE_WORKER_LOST') {
      turn.violation(`a call of the manager: ${(outcome.reason as Error).message}`, outcome.reason);
    }
  }
  if (!dies) {
    const n = (await dict.get('n'))!;
    if (closed > 0) turn.violation(`${closed} tasks were told that the manager had ended, and it had not`);
    if (n < words[ANSWERED] || n > words[BEGUN]) {
      turn.violation(`${words[BEGUN]} increments were begun, ${words[ANSWERED]} answered, and they came to ${n}`);
    }
    turn.count('manager calls', n + (await list.length()));
  } else {
    const after = await dict.get('n').then(() => 'an answer', (error: Error) => error.name);
    if (after !== 'ManagerClosedError') turn.violation(`a manager that has ended gives ${after}`);
  }
  turn.count('deaths with a manager', crew.deaths);
  turn.count('deaths', crew.deaths + (dies ? 1 : 0));
  turn.count('managers');
  turn.count('managers ended from within', dies ? 1 : 0);
  turn.count('deaths after which full size took more than a second', crew.late);
  await manager.shutdown();
  pool.close();
  await pool.join();
}

/** By process.exit, at once or from a callback, or by an uncaught error. */
async function endManager(turn: Turn, manager: Manager): Promise<void> {
  const { random } = turn;
  const one = await manager.create<typeof Misfortune>(misfortunes, 'Misfortune');
  await sleep(random.below(100));
  const ends = [() => one.exit(3), () => one.exitSoon(4), () => one.throwSoon('on purpose'), () => one.rejectSoon()];
  const outcome = await random.pick(ends)().then(() => undefined, (error: Error) => error.name);
  // The answer may be on its way before the end is.
  if (outcome !== undefined && outcome !== 'ManagerClosedError') turn.violation(`the end of a manager gave ${outcome}`);
}
