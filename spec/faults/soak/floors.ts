/** How much a soak of all parts tries at least in its default time. What a slow machine does not reach is told. */

export const MINUTES = 10;

/** By the name of a count. */
const floors = { deaths: 1_000, 'malformed inputs': 100_000, aborts: 10_000, pools: 1_000 };

export interface Floor {
  readonly name: string;
  readonly least: number;
  readonly reached: boolean;
}

export function floorsOf(counts: Readonly<Record<string, number>>): Floor[] {
  return Object.entries(floors).map(([name, least]) => ({ name, least, reached: (counts[name] ?? 0) >= least }));
}
