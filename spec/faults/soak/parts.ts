import { calls } from './calls.js';
import type { Part } from './part.js';

/** In the order of their first turns. */
export const parts: readonly Part[] = [calls];
