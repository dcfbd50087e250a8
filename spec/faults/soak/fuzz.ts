/** Malformed input for all that a program can call (../fuzz). */
import { fuzz } from '../fuzz/fuzz.js';
import type { Part } from './part.js';

export const malformed: Part = {
  name: 'fuzz',
  async run({ random, until, progress, violation }) {
    const seed = random.below(2 ** 31);
    progress(`inputs of seed ${seed}`);
    const { inputs, outcomes, violations } = await fuzz({ seed, inputs: Infinity, until });
    if (violations.length > 0) violation(violations.join('\n'));
    const { works = 0, ...failed } = outcomes;
    const refused = Object.values(failed).reduce((sum, count) => sum + count, 0);
    return { 'malformed inputs': inputs, 'of which were refused': refused, 'of which worked': works };
  },
};
