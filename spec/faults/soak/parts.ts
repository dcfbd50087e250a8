import { calls } from './calls.js';
import type { Part } from './part.js';
import { shared } from './shared.js';

/** In the order of their first turns. */
export const parts: readonly Part[] = [calls, shared];
