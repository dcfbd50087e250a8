import { ThreadWorker } from 'poolifier';
import { nothing, square } from '../tasks/numbers.js';

// poolifier refuses a task function that may return undefined by its types only; a no-op of ours returns 0.
export default new ThreadWorker<number, number>({
  square: (x?: number) => square(x!),
  nothing: () => {
    nothing();
    return 0;
  },
});
