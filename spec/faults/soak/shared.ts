/** Threads end while they hold locks, wait for them, put, get, notify: nothing stays held, nobody waits for ever. */
import { Pool } from 'granule';
import { Crew } from './crew.js';
import type { Part, Turn } from './part.js';
import { ofChannels } from './shared/channels.js';
import { ofLocks } from './shared/locks.js';
import type { Scenario } from './shared/scenario.js';
import { busyWords, endNowAndThen } from './strangers.js';

const scenarios: readonly Scenario[] = [...ofLocks, ...ofChannels];
let pools = 0;

export const shared: Part = {
  name: 'shared',
  async run(turn) {
    const counts: Record<string, number> = {};
    const count = (name: string, by = 1): void => void (counts[name] = (counts[name] ?? 0) + by);
    for (let next = turn.random.below(scenarios.length); performance.now() < turn.until; next++) {
      await onePool(turn, scenarios[next % scenarios.length], scenarios[(next + 1) % scenarios.length], count);
    }
    return counts;
  },
};

/** Two at a time: each one's threads end in the midst of the other's work as well. */
async function onePool(
  turn: Turn,
  one: Scenario,
  other: Scenario,
  count: (name: string, by?: number) => void,
): Promise<void> {
  const { random } = turn;
  const name = `soak-shared-${++pools}`;
  using crew = new Crew(name, turn);
  const pool = new Pool({ threads: 3, name });
  const strangers = random.below(2) === 0;
  const busy = busyWords();
  await pool.ready();
  turn.progress(`${one.name} and ${other.name}, ${strangers ? 'with' : 'without'} strangers`);
  const over = new AbortController();
  const stranger = strangers ? endNowAndThen(crew, turn, busy, over.signal) : 0;
  const attempts = [one, other].map((scenario) => ({ scenario, attempt: scenario.begin(random) }));
  const results = await Promise.all(
    attempts.map(async ({ scenario, attempt }) => {
      const circumstances = { busy, seed: random.below(2 ** 31), odds: 20 };
      return { scenario, outcomes: await attempt.start(pool, 24, circumstances) };
    }),
  );
  over.abort();
  count('deaths: ended from outside', await stranger);
  await crew.complete(pool, turn);
  for (const { scenario, outcomes } of results) {
    for (const outcome of outcomes) {
      const error = outcome.status === 'rejected' ? (outcome.reason as Error & { code?: string }) : undefined;
      if (error === undefined || error.code === 'ERR_GRANULE_WORKER_LOST') continue;
      turn.violation(`${scenario.name}: ${error.message}`, error);
    }
    count(`deaths with a ${scenario.name}`, outcomes.filter(({ status }) => status === 'rejected').length);
  }
  for (const { scenario, attempt } of attempts) {
    const inContext: Turn = { ...turn, violation: (text) => turn.violation(`${scenario.name}: ${text}`) };
    await attempt.check(inContext, crew.deaths);
    count(`${scenario.name}: done`, attempt.done());
  }
  count('deaths', crew.deaths);
  count('pools');
  count('deaths after which full size took more than a second', crew.late);
  pool.close();
  await pool.join();
}
