/** Aborts by the thousand, of calls of every kind: each settles, and nothing stays on a signal. */
import { getEventListeners } from 'node:events';
import { taskModule, type Pool } from 'granule';
import { calls as kinds } from '../../support/calls.js';
import { Gate, sharedWords } from '../../support/gate.js';
import { Violation } from '../soak/part.js';

const { tick } = taskModule<typeof import('../../fixtures/pool/aborting.js')>(
  new URL('../../fixtures/pool/aborting.js', import.meta.url),
);
const { pass } = taskModule<typeof import('../../fixtures/pool/gates.js')>(
  new URL('../../fixtures/pool/gates.js', import.meta.url),
);

/** 'while they wait': no thread is free. 'in their midst': wherever each of them happens to be. */
export const moments = ['before they start', 'while they wait', 'in their midst', 'after they end'] as const;
export type Moment = (typeof moments)[number];
export const signals = ['one signal', 'a signal each'] as const;

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Starts so many calls and aborts them all. Resolves with how many of them were stopped by that. */
export async function abortStorm(
  pool: Pool,
  count: number,
  moment: Moment,
  has: (typeof signals)[number],
): Promise<number> {
  const controllers = Array.from({ length: has === 'one signal' ? 1 : count }, () => new AbortController());
  const why = new Error('a storm');
  const abort = (): void => {
    for (const controller of controllers) controller.abort(why);
  };
  const [ran, never, gate] = [sharedWords(16), new Gate(), new Gate()];
  const busy: Promise<unknown>[] = [];
  if (moment === 'while they wait') {
    for (let i = 0; i < pool.threads; i++) busy.push(pool.apply(pass, [i, gate.words]));
    await gate.arrived(pool.threads);
  }
  if (moment === 'before they start') abort();
  const starts = Object.values(kinds);
  const started = Array.from({ length: count }, (_, i) => {
    const { signal } = controllers[i % controllers.length];
    return starts[i % starts.length].start(pool, tick, [ran, never.words, never.words], { signal });
  });
  const settled = Promise.allSettled(started);
  quiet(controllers, 1);
  if (moment === 'after they end') await settled;
  else if (moment === 'in their midst') await Promise.race([turnOfTheLoop(), settled]);
  if (moment === 'after they end') quiet(controllers, 0);
  abort();
  const outcomes = await settled;
  quiet(controllers, 0);
  gate.open();
  await Promise.all(busy);
  let stopped = 0;
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    stopped++;
    const { reason } = outcome as { reason: unknown };
    if (reason !== why) throw new Violation(`aborted ${moment}, a call rejected otherwise`, { cause: reason });
  }
  await works(pool);
  const must = { 'before they start': count, 'while they wait': count, 'in their midst': stopped, 'after they end': 0 };
  if (stopped !== must[moment]) {
    throw new Violation(`of ${count} calls aborted ${moment}, ${stopped} rejected instead of ${must[moment]}`);
  }
  if (stopped === count && moment !== 'in their midst' && ran.some((times) => times > 0)) {
    throw new Violation(`calls that were aborted ${moment} ran`);
  }
  return stopped;
}

function quiet(controllers: readonly AbortController[], most: number): void {
  for (const { signal } of controllers) {
    const listeners = getEventListeners(signal, 'abort').length;
    if (listeners > most) throw new Violation(`a signal has ${listeners} listeners instead of ${most}`);
  }
}

/** Throws where the pool gives anything else than what it should, or still has something to do. */
export async function works(pool: Pool): Promise<void> {
  const squares = await pool.map((x: number) => x * x, [1, 2, 3, 4], { chunksize: 1 });
  const { queued, running } = pool.stats();
  const state = JSON.stringify({ squares, queued, running });
  const right = JSON.stringify({ squares: [1, 4, 9, 16], queued: 0, running: 0 });
  if (state !== right) throw new Violation(`afterwards the pool gave ${state}`);
}
