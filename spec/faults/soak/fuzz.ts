/**
 * Malformed input for all that a program can call (../fuzz). Its share is for the floor: a turn of eight seconds on two
 * busy cores tries 8 000 to 12 000 inputs, of 100 000.
 */
import { fuzz } from '../fuzz/fuzz.js';
import type { Part } from './part.js';

export const malformed: Part = {
  name: 'fuzz',
  share: 3,
  async run({ random, until, progress, violation, count }) {
    const seed = random.below(2 ** 31);
    progress(`inputs of seed ${seed}`);
    const { inputs, outcomes, violations } = await fuzz({ seed, inputs: Infinity, until });
    if (violations.length > 0) violation(violations.join('\n'));
    const { works = 0, ...failed } = outcomes;
    const refused = Object.values(failed).reduce((sum, count) => sum + count, 0);
    count('malformed inputs', inputs);
    count('of which were refused', refused);
    count('of which worked', works);
  },
};
