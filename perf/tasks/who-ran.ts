import { threadId } from 'node:worker_threads';
import { spin } from './spin.js';

/** Does the work and says in which thread. */
export function whoRan(steps: number): number {
  spin(steps);
  return threadId;
}
