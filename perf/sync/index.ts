import type { Suite } from '../harness/suite.js';
import { handovers } from './handovers.js';
import { idle } from './idle.js';
import { locks } from './locks.js';
import { values } from './values.js';
import { waiters } from './waiters.js';

export const sync: Suite = {
  name: 'sync',
  about: 'What locks, shared values and waiting cost, against CPython, multithreading and bare Atomics',
  rows: [...locks, ...values, ...handovers, ...waiters, idle],
};
