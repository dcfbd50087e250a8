/** Threads end while they hold locks, wait for them, put, get, notify: nothing stays held, nobody waits for ever. */
import { Pool } from 'granule';
import { Crew } from './crew.js';
import { around, type Part, type Turn } from './part.js';
import { ofChannels } from './shared/channels.js';
import { ofLocks } from './shared/locks.js';
import type { Scenario } from './shared/scenario.js';
import { busyWords, endNowAndThen } from './strangers.js';

const scenarios: readonly Scenario[] = [...ofLocks, ...ofChannels];
/** Two at a time: each one's threads end in the midst of the other's work as well. */
const pairs = scenarios.map((one, i) => [one, scenarios[(i + 1) % scenarios.length]] as const);
let pools = 0;

export const shared: Part = {
  name: 'shared',
  async run(turn) {
    for (const pair of around(pairs, turn)) await onePool(turn, pair);
  },
};

async function onePool(turn: Turn, pair: readonly [Scenario, Scenario]): Promise<void> {
  const { random } = turn;
  const name = `soak-shared-${++pools}`;
  using crew = new Crew(name, turn);
  const pool = new Pool({ threads: 3, name });
  const strangers = random.below(2) === 0;
  const busy = busyWords();
  await pool.ready();
  turn.progress(`${pair.map((one) => one.name).join(' and ')}, ${strangers ? 'with' : 'without'} strangers`);
  const over = new AbortController();
  const stranger = strangers ? endNowAndThen(crew, turn, busy, over.signal) : 0;
  const attempts = pair.map((scenario) => ({ scenario, attempt: scenario.begin(random) }));
  const results = await Promise.all(
    attempts.map(async ({ scenario, attempt }) => {
      const circumstances = { busy, seed: random.below(2 ** 31), odds: 20 };
      return { scenario, outcomes: await attempt.start(pool, 24, circumstances) };
    }),
  );
  over.abort();
  turn.count('deaths: ended from outside', await stranger);
  await crew.complete(pool, turn);
  for (const { scenario, outcomes } of results) {
    for (const outcome of outcomes) {
      const error = outcome.status === 'rejected' ? (outcome.reason as Error & { code?: string }) : undefined;
      if (error === undefined || error.code === 'ERR_GRANULE_WORKER_LOST') continue;
      turn.violation(`${scenario.name}: ${error.message}`, error);
    }
    turn.count(`deaths with a ${scenario.name}`, outcomes.filter(({ status }) => status === 'rejected').length);
  }
  for (const { scenario, attempt } of attempts) {
    const inContext: Turn = { ...turn, violation: (text) => turn.violation(`${scenario.name}: ${text}`) };
    await attempt.check(inContext, crew.deaths);
    turn.count(`${scenario.name}: done`, attempt.done());
  }
  turn.count('deaths', crew.deaths);
  turn.count('pools');
  turn.count('deaths after which full size took more than a second', crew.late);
  pool.close();
  await pool.join();
}
