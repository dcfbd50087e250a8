/** Clauses beside the figures, the same in the terminal and in a report. */
import type { ItemCost, Subject } from './findings.js';

/** Where the items came from. */
export function sourceOf({ source, file }: Subject): string {
  return { numbers: 'the numbers from 0', file: `from ${file}`, item: 'the same one' }[source];
}

/** Of the cost of an item. */
export function remarksOn({ changesItems, waiting }: ItemCost): string[] {
  const remarks: string[] = [];
  if (changesItems === true) {
    remarks.push('it changes its items: each loop had fresh copies, whose making is not counted');
  }
  if (waiting !== undefined) {
    const share = Math.floor(100 * waiting);
    remarks.push(`it returns a promise: ${share} % of this its thread waited, with nothing to do`);
  }
  return remarks;
}
