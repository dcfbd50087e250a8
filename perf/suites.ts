import { dispatch } from './dispatch/index.js';
import type { Suite } from './harness/suite.js';

export const suites: readonly Suite[] = [dispatch];
