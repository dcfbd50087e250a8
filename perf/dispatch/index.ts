import type { Suite } from '../harness/suite.js';
import { applies } from './applies.js';
import { maps } from './maps.js';
import { memory } from './memory.js';
import { pi } from '../pi/index.js';
import { rare } from '../skew/index.js';

export const dispatch: Suite = {
  name: 'dispatch',
  about: 'What it costs to get work to a thread and back, on two threads, against the peers',
  rows: [...maps, ...applies, pi, rare, ...memory],
};
