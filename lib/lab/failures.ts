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

/** Time is up. What was found until then counts. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
  /** What was going on, where it was cut off: 'a loop over 500 items'. */
  readonly during: string | undefined;
  constructor(during?: string) {
    super(during);
    this.during = during;
  }
}

/** What an error, or whatever else was thrown, says first. */
export function firstLine(error: unknown): string {
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  const text = isError ? `${String((error as Error).name)}: ${String((error as Error).message)}` : String(error);
  return text.split('\n', 1)[0];
}
