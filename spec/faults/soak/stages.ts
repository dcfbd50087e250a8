/** Threads end at every stage of a call, in every way, while other calls go on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, taskModule } from 'granule';
import { LEFT, TURNS, WHO, WORDS, type How } from '../../fixtures/faults/stages.js';
import { errorOf, expected, gist, ITEMS, stages as all, type Stage } from '../stages.js';
import { Crew } from './crew.js';
import { around, type Part, type Turn } from './part.js';

const { prepare } = taskModule<typeof import('../../fixtures/faults/stages.js')>(
  new URL('../../fixtures/faults/stages.js', import.meta.url),
);

/** Time limits and their grace take long: seldom. */
const hows: readonly How[] = [
  'exits', 'is ended', 'runs out of memory', 'exits', 'is ended', 'throws', 'exits', 'loops',
];
/** Large enough to start in, small enough to be filled within a moment. */
const resourceLimits = { maxOldGenerationSizeMb: 32 };
/** Far more than come. */
const ALL = 1_000_000;
const square = (x: number): number => x * x;
let pools = 0;

export const stages: Part = {
  name: 'stages',
  async run(turn) {
    for (const how of around(hows, turn)) await onePool(turn, how);
  },
};

async function onePool(turn: Turn, how: How): Promise<void> {
  const { random } = turn;
  const name = `soak-stages-${++pools}`;
  using crew = new Crew(name, turn);
  const words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  const pool = new Pool({ threads: 2, name, resourceLimits, initializer: prepare, initargs: [how, words] });
  await pool.ready();
  const over = new AbortController();
  const ending = how === 'is ended' ? endWhoComes(crew, words, over.signal) : undefined;
  const from = random.below(all.length);
  for (let i = 0; i < all.length && performance.now() < turn.until; i++) {
    const stage = all[(from + i) % all.length];
    // A module that loops as it loads is given five seconds.
    if (how === 'loops' && stage.name === 'the module loads') continue;
    turn.progress(`a thread ${how} while ${stage.name}`);
    const before = crew.deaths;
    await attack(turn, pool, stage, how, words);
    await crew.complete(pool, turn);
    turn.count('deaths', crew.deaths - before);
    turn.count(`deaths while ${stage.name}`, crew.deaths - before);
    turn.count(`deaths: ${how}`, crew.deaths - before);
    turn.count('calls', 3);
    turn.count('items', ITEMS + 128);
  }
  over.abort();
  await ending;
  turn.count('deaths after which full size took more than a second', crew.late);
  turn.count('pools');
  pool.close();
  await pool.join();
}

async function attack(turn: Turn, pool: Pool, stage: Stage, how: How, words: Int32Array): Promise<void> {
  const { random } = turn;
  const isLost = how !== 'loops' && how !== 'throws';
  const once = isLost && random.below(2) === 0;
  const where = `a thread ${how}${once ? ' once' : ''} while ${stage.name}`;
  const items = Array.from({ length: 64 }, (_, n) => n);
  const others = [pool.map(square, items), pool.map(square, items, { chunksize: 1 })];
  Atomics.store(words, LEFT, once ? 1 : ALL);
  // Far longer than the machine keeps an item waiting that comes to no harm.
  const limits = how !== 'loops' ? {} : stage.ofItem ? { itemTimeout: 3_000 } : { timeout: 3_000 };
  const call = stage.start(pool, { chunksize: 1 + random.below(3), retries: once ? 1 : 0, ...limits });
  const failed = (reason: unknown): PromiseRejectedResult => ({ status: 'rejected', reason });
  const outcomes = await call.catch((reason: unknown) => Array.from({ length: ITEMS }, () => failed(reason)));
  Atomics.store(words, LEFT, 0);
  const wanted = expected(stage, once ? undefined : errorOf(stage, how)).join();
  const given = outcomes.map(gist).join();
  if (given !== wanted) {
    const cause = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    turn.violation(`${where}: the call came to ${given}, not ${wanted}`, cause?.reason);
  }
  for (const other of others) {
    if ((await other).join() !== items.map(square).join()) turn.violation(`${where}: another call suffered`);
  }
}

/** Ends each thread that comes to the stage, from outside. */
async function endWhoComes(crew: Crew, words: Int32Array, over: AbortSignal): Promise<void> {
  for (let turn = 0; !over.aborted; turn = (turn + 1) % TURNS) {
    while (Atomics.load(words, WHO + turn) === 0 && !over.aborted) await sleep(2);
    const who = Atomics.exchange(words, WHO + turn, 0);
    void crew.present.find(({ threadId }) => threadId === who)?.terminate();
  }
}
