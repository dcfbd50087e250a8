/** All that is fuzzed. surface.spec.ts sees to it that nothing is missing. */
import type { Entry } from './entry.js';
import { channels } from './entries/channels.js';
import { managers } from './entries/manager.js';
import { memory } from './entries/memory.js';
import { pool } from './entries/pool.js';
import { processes } from './entries/process.js';
import { sync } from './entries/sync.js';
import { tasks } from './entries/tasks.js';

export const entries: readonly Entry[] = [
  ...tasks,
  ...pool,
  ...sync,
  ...memory,
  ...channels,
  ...processes,
  ...managers,
];
