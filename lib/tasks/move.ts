/** Marks a value whose memory moves instead of being copied (skeleton). */
export function move<T extends object>(value: T): T {
  marks.add(value);
  return value;
}
/** Whether `value` itself was marked. */
export function isMoved(value: unknown): boolean {
  return typeof value === 'object' && value !== null && marks.has(value);
}
/** Takes the mark off, once the value has been sent. */
export function unmark(value: object): void {
  marks.delete(value);
}
import { threadState } from './thread-state.js';
const marks = threadState('moved', () => new WeakSet<object>());
