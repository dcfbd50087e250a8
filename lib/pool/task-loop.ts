/**
 * The innermost loop, made once a task.
 *
 * V8 gives a function one set of type feedback. One loop for all tasks would see many callees, inline
 * none and box every number. So each task gets its own copy, generated from the few lines below:
 * monomorphic, the task's code inlined into it. Nothing of the user's goes into the generated text; the
 * task comes in as a variable. Where code generation is forbidden (--disallow-code-generation-from-strings)
 * one generic loop does the same, slower.
 *
 * The loop stores CURRENT before each item and the status after it (layout.ts), and stops at an item
 * whose result is a promise: `run.keep` has it then.
 */
import { KIND_RANGE, KIND_SPREAD, OUTPUT_MIXED, OUTPUT_TYPED, STATUS_NUMBER } from './layout.js';

/** What the loop needs of a board; BoardColumns has it. */
export interface LoopState {
  readonly words: Int32Array;
  /** Index of CURRENT in `words`. */
  readonly current: number;
  readonly status: Uint8Array;
  readonly statusBase: number;
  readonly output: { [index: number]: number };
  readonly outputBase: number;
  /** A typed array; `undefined` where items are records. */
  readonly items: { readonly [index: number]: unknown } | undefined;
  readonly itemsBase: number;
  readonly args: readonly unknown[];
  /** The item of a board whose items are records or came by mail. */
  item(index: number): unknown;
  rangeStart(index: number): number;
  rangeStop(index: number): number;
  /** Stores any result but a number. True: it is a promise, to be awaited by the caller of the loop. */
  keep(index: number, value: unknown): boolean;
}

/** Runs items from `from` to `until`; returns the first that it did not finish. Throws what the task throws. */
export type TaskLoop = (run: LoopState, from: number, until: number) => number;

export type AnyTask = (...args: never[]) => unknown;

let made = 0;

export function taskLoop(task: AnyTask, kind: number, direct: boolean, output: number, argCount: number): TaskLoop {
  const text = loopText(kind, direct, output, argCount);
  try {
    // The number keeps V8's eval cache from handing out one function, with one feedback, for all tasks.
    const make = new Function('task', `'use strict'; /* ${made++} */ return ${text}`) as (task: AnyTask) => TaskLoop;
    return make(task);
  } catch (error) {
    if ((error as Error).name !== 'EvalError') throw error;
    return genericLoop(task, kind, direct, output);
  }
}

function loopText(kind: number, direct: boolean, output: number, argCount: number): string {
  const args = Array.from({ length: argCount }, (_, i) => `a${i}`);
  const item = direct ? 'items[itemsBase + i]' : 'run.item(i)';
  const call =
    kind === KIND_SPREAD
      ? `task(...${item})`
      : `task(${[...(kind === KIND_RANGE ? ['run.rangeStart(i)', 'run.rangeStop(i)'] : [item]), ...args].join(', ')})`;
  const store =
    output === OUTPUT_MIXED
      ? `if (typeof value === 'number') {
        output[outputBase + i] = value;
        status[statusBase + i] = ${STATUS_NUMBER};
      } else `
      : output === OUTPUT_TYPED
        ? `if (typeof value === 'number') output[outputBase + i] = value; else `
        : '';
  return `function loop(run, from, until) {
    const { words, current, status, statusBase, output, outputBase, items, itemsBase } = run;
    ${args.length > 0 ? `const [${args.join(', ')}] = run.args;` : ''}
    for (let i = from; i < until; i++) {
      words[current] = i + 1;
      const value = ${call};
      ${store}if (run.keep(i, value)) return i;
    }
    return until;
  }`;
}

function genericLoop(task: AnyTask, kind: number, direct: boolean, output: number): TaskLoop {
  const call = task as (...args: unknown[]) => unknown;
  return (run, from, until) => {
    for (let i = from; i < until; i++) {
      run.words[run.current] = i + 1;
      const item = kind === KIND_RANGE ? undefined : direct ? run.items![run.itemsBase + i] : run.item(i);
      const value =
        kind === KIND_SPREAD
          ? call(...(item as unknown[]))
          : kind === KIND_RANGE
            ? call(run.rangeStart(i), run.rangeStop(i), ...run.args)
            : call(item, ...run.args);
      if (typeof value === 'number' && (output === OUTPUT_MIXED || output === OUTPUT_TYPED)) {
        run.output[run.outputBase + i] = value;
        if (output === OUTPUT_MIXED) run.status[run.statusBase + i] = STATUS_NUMBER;
      } else if (run.keep(i, value)) return i;
    }
    return until;
  };
}
