import { backToBack } from '../harness/instruments.js';
import type { Run } from '../harness/instruments.js';
import type { Subject } from '../harness/suite.js';

/** The work without any pool, on this thread. */
export const loop = (name: string, run: Run, units?: number): Subject => ({
  name,
  open: async () => backToBack({ run }, units),
});
