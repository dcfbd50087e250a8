/** Threads end in the midst of calls: by what their items do, and by strangers who end them from outside. */
import { Pool, type PoolOptions } from 'granule';
import { Crew } from './crew.js';
import { around, type Part, type Turn } from './part.js';
import { busyWords, endNowAndThen } from './strangers.js';
import { start, type Call } from './calls/call.js';
import { isDeadly } from './calls/fates.js';
import { verdict } from './calls/verdict.js';

/** Large enough to start in, small enough to be filled within a moment. */
const smallHeap = { maxOldGenerationSizeMb: 32 };
const kinds: readonly PoolOptions[] = [
  { threads: 3, resourceLimits: smallHeap },
  { threads: 3 },
  { threads: 1 },
  { threads: 2, maxTasksPerThread: 30 },
];
const BATCHES = 4;
let pools = 0;

export const calls: Part = {
  name: 'calls',
  async run(turn) {
    for (const kind of around(kinds, turn)) await onePool(turn, kind);
  },
};

async function onePool(turn: Turn, options: PoolOptions): Promise<void> {
  const { random } = turn;
  const name = `soak-calls-${++pools}`;
  using crew = new Crew(name, turn);
  const pool = new Pool({ ...options, name });
  const strangers = random.below(3) === 0;
  const busy = busyWords();
  await pool.ready();
  for (let batch = 0; batch < BATCHES && performance.now() < turn.until; batch++) {
    const amount = 4 + random.below(8);
    turn.progress(`${amount} calls on ${pool.threads} threads, ${strangers ? 'with' : 'without'} strangers`);
    const started: Call[] = [];
    for (let i = 0; i < amount; i++) started.push(start(pool, random, busy, options.resourceLimits !== undefined));
    const over = new AbortController();
    const stranger = strangers ? endNowAndThen(crew, turn, busy, over.signal) : 0;
    const verdicts = await Promise.all(started.map((call) => verdict(call, strangers)));
    over.abort();
    turn.count('deaths: ended from outside', await stranger);
    const wrong = verdicts.flat();
    if (wrong.length > 0) turn.violation(wrong.join('\n'));
    await crew.complete(pool, turn);
    const squares = await pool.map((x: number) => x * x, [1, 2, 3, 4]);
    if (squares.join() !== '1,4,9,16') turn.violation(`afterwards the pool squares 1 to 4 as ${squares.join()}`);
    for (const call of started) note(turn, call);
  }
  turn.count('deaths', crew.deaths);
  turn.count('pools');
  turn.count('deaths after which full size took more than a second', crew.late);
  pool.close();
  await pool.join();
}

function note(turn: Turn, { items, runs, method }: Call): void {
  turn.count('calls');
  turn.count(`calls: ${method}`);
  turn.count('items', items.length);
  for (const { fate, index } of items) {
    if (isDeadly(fate) && runs.at(index) > 0) turn.count(`deaths: ${fate}`, runs.at(index));
  }
}
