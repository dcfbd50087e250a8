import { calls } from './calls.js';
import { endings } from './endings.js';
import { managers } from './managers.js';
import { malformed } from './fuzz.js';
import type { Part } from './part.js';
import { processes } from './processes.js';
import { shared } from './shared.js';
import { stages } from './stages.js';
import { storms } from './storms.js';

/** In the order of their first turns. */
export const parts: readonly Part[] = [calls, shared, stages, endings, managers, processes, malformed, storms];
