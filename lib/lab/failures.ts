/** Why nothing, or nothing more, could be measured. */

/** The module does not load, or has no such function. */
export class ModuleFailure extends Error {
  override readonly name = 'ModuleFailure';
  constructor(cause: unknown) {
    super(firstLine(cause), { cause });
  }
}

/** The function failed at an item, or its result cannot cross to another thread. */
export class ItemFailure extends Error {
  override readonly name = 'ItemFailure';
  /** Which item, and what it is; -1 where that is not known. */
  readonly index: number;
  readonly item: unknown;
  constructor(index: number, item: unknown, cause: unknown) {
    super(firstLine(cause), { cause });
    this.index = index;
    this.item = item;
  }
}

/** What was going on, where the function has not even returned once. */
export const FIRST_ITEM = 'the first item';

/** An item that had been under way for `ms` milliseconds. */
export interface Stuck {
  readonly index: number;
  readonly item: unknown;
  readonly ms: number;
}

/** Time is up. What was found until then counts. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
  /** What was going on, where it was cut off: 'a loop over 500 items'. */
  readonly during: string | undefined;
  /** The one item that took most of it, and had not ended. */
  readonly stuck: Stuck | undefined;
  constructor(during?: string, stuck?: Stuck) {
    super(during);
    this.during = during;
    this.stuck = stuck;
  }
}

/** What an error, or whatever else was thrown, says first. */
export function firstLine(error: unknown): string {
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  const text = isError ? `${String((error as Error).name)}: ${String((error as Error).message)}` : String(error);
  return text.split('\n', 1)[0];
}
