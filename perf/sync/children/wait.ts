/**
 * Waits in vain for so many milliseconds, and prints the CPU time that the process has used meanwhile.
 *
 *   node --expose-gc wait.js blocked|async|blocked-condition|async-condition MILLISECONDS
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Condition, Lock } from 'granule';

export type Wait = 'blocked' | 'async' | 'blocked-condition' | 'async-condition';

export interface Waited {
  readonly cpuSeconds: number;
}

const lock = new Lock();
const condition = new Condition();
lock.acquire();
condition.acquire();

const waits: Record<Wait, (timeout: number) => boolean | Promise<boolean>> = {
  blocked: (timeout) => lock.acquire(timeout),
  async: (timeout) => lock.acquireAsync({ timeout }),
  'blocked-condition': (timeout) => condition.wait(timeout),
  'async-condition': (timeout) => condition.waitAsync({ timeout }),
};
const wait = waits[process.argv[2] as Wait];

await wait(1); // code that is compiled once
await sleep(100); // what Node does in the background after its start
const before = process.cpuUsage();
const got = await wait(Number(process.argv[3]));
const { user, system } = process.cpuUsage(before);
if (got) throw new Error('There was nothing to get');
process.stdout.write(JSON.stringify({ cpuSeconds: (user + system) / 1e6 } satisfies Waited));
