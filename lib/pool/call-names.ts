/** What calls and their items are called in messages. */
import { ANONYMOUS } from '../tasks/evaluate.js';
import type { Work } from './engine.js';
import type { TaskEntry } from './task-table.js';

/** 'map(square)', or 'map()' of an anonymous function. */
export function describeCall(method: string, { spec }: TaskEntry): string {
  return `${method}(${spec.label === ANONYMOUS ? '' : spec.label})`;
}

/** The same, of the call that the work is. */
export function describeWork({ method, entry }: Work): string {
  return describeCall(method, entry);
}

/** 'Item 3 of map(square)', or 'The task of apply(square)'. */
export function describeItem(work: Work, index: number): string {
  const call = describeWork(work);
  return work.indexed ? `Item ${work.firstIndex + index} of ${call}` : `The task of ${call}`;
}
