import { skewedItems } from '../tasks/spin.js';

/** Costs of items, in steps of `spin`. */
export interface Distribution {
  readonly id: string;
  readonly about: string;
  make(): number[];
}

const ITEMS = 4_000;
const STEPS = 5_000; // a few microseconds

/** A fixed sequence of numbers from 0 up to 1: the suite measures the same items in every run. */
function* fractions(): Generator<number, never> {
  for (let state = 20_261_120; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

export const DISTRIBUTIONS: readonly Distribution[] = [
  { id: 'uniform', about: 'items of equal cost', make: () => new Array<number>(ITEMS).fill(STEPS) },
  {
    id: 'rising',
    about: 'items whose cost rises from nothing to twice the mean',
    make: () => Array.from({ length: ITEMS }, (_, i) => Math.round((2 * STEPS * i) / ITEMS)),
  },
  { id: 'rare', about: '1 % of items cost 100 times the rest', make: () => skewedItems(ITEMS, STEPS / 2) },
  {
    id: 'heavy-tail',
    about: 'items of Pareto-distributed cost (exponent 1.5)',
    make() {
      const fraction = fractions();
      const cost = () => (STEPS / 3) * (1 - fraction.next().value) ** (-1 / 1.5);
      return Array.from({ length: ITEMS }, () => Math.round(Math.min(cost(), 200 * STEPS)));
    },
  },
];
