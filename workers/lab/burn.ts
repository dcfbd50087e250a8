/** A task of adjustable cost: the subject's items in, one of its results out, and steps of arithmetic in between. */
import { loadTask } from '../../lib/tasks/load.js';

let result: unknown;
let state = 1;

/** What `burn` returns in this thread from now on. */
export function setResult(value: unknown): void {
  result = value;
}

/** Runs the subject once in this thread, for its result. */
export async function prepare(module: string, name: string, item: unknown): Promise<void> {
  const task = await loadTask({ kind: 'module', module, name, label: name });
  setResult(await task(item));
}

/** Computes for `steps` steps, each of which needs the one before (Knuth's MMIX constants, cut to 32 bits). */
export function burn(_item: unknown, steps: number): unknown {
  let x = state;
  for (let step = 0; step < steps; step++) x = (Math.imul(x, 0x4c957f2d) + 0xf767814f) | 0;
  state = x;
  return result;
}

/** Does nothing: what is left is the dispatch. */
export function nothing(): number {
  return 0;
}
