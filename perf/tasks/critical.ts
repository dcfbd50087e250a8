/** What two threads do that contend for a lock: a tiny step on what they share, again and again. */
import type { Acquirable } from 'granule';
import { acquire, release } from './bare-mutex.js';

export function contend(rounds: number, lock: Acquirable, count: Int32Array): void {
  for (let round = 0; round < rounds; round++) {
    lock.acquire();
    count[0]++;
    lock.release();
  }
}

export function contendBare(rounds: number, mutex: Int32Array, count: Int32Array): void {
  for (let round = 0; round < rounds; round++) {
    acquire(mutex);
    count[0]++;
    release(mutex);
  }
}
