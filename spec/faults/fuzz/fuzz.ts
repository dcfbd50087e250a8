/** The fuzz itself: inputs from a seed, one after the other, until there were enough of them or the time is up. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import * as fc from 'fast-check';
import type { ThreadLostEvent } from 'granule';
import { attempt, isOwn, type Input } from './attempt.js';
import { entries } from './entries.js';
import type { Entry } from './entry.js';
import { anything, valueAt, type Recipe } from './recipe.js';
import { Stage } from './stage.js';

export interface FuzzOptions {
  readonly seed: number;
  /** How many inputs at most. */
  readonly inputs: number;
  /** When to stop, on the clock of performance.now(). */
  readonly until: number;
  /** Told of each input before it is tried: the last one is the one that never returned. */
  readonly tell?: ((input: string) => void) | undefined;
}

export interface FuzzReport {
  readonly inputs: number;
  /** How often a call worked, or failed with which class of errors. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What was wrong, each once, with the input that showed it. */
  readonly violations: readonly string[];
}

/** Inputs between two looks at the stage. */
const BATCH = 500;
const MOST_VIOLATIONS = 40;

export async function fuzz({ seed, inputs, until, tell }: FuzzOptions): Promise<FuzzReport> {
  const outcomes: Record<string, number> = {};
  const violations = new Map<string, string>();
  let done = 0;
  let latest: Input | undefined;
  const note = (what: string, input: Input | undefined): void => {
    const key = `${input?.entry.name}: ${what}`;
    if (!violations.has(key)) violations.set(key, `${key}\n    ${JSON.stringify(input?.args)}`);
  };
  // Nobody waits for these: they come after their input, so the latest one is shown.
  const stray =
    (what: string) =>
    (error: unknown): void => {
      if (!isOwn(error) || what !== 'uncaught')
        note(`${what}: ${error instanceof Error ? error.stack : String(error)}`, latest);
    };
  const listeners = {
    uncaughtException: stray('uncaught'),
    unhandledRejection: stray('unhandled'),
    warning: stray('a warning'),
  };
  for (const [event, listener] of Object.entries(listeners)) process.on(event, listener);
  const lost = (event: unknown): void => {
    const { pool, exitCode, error } = event as ThreadLostEvent;
    note(`a thread of ${pool} was lost: exit code ${exitCode}, ${String(error)}`, latest);
  };
  subscribe('granule:thread:lost', lost);
  const stage = await Stage.open();
  try {
    for (let batch = 0; done < inputs && performance.now() < until && violations.size < MOST_VIOLATIONS; batch++) {
      for (const input of fc.sample(anyInput, {
        seed: (Math.imul(seed, 0x9e3779b1) + batch) | 0,
        numRuns: Math.min(BATCH, inputs - done),
      })) {
        latest = input;
        tell?.(`${input.entry.name} ${input.turn} ${JSON.stringify(input.args)}`);
        try {
          const outcome = await attempt(input, stage);
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        } catch (error) {
          note((error as Error).message, input);
        }
        done++;
      }
      await stage.check().catch((error: unknown) => {
        note(`afterwards ${String(error)}`, latest);
      });
    }
  } finally {
    await stage[Symbol.asyncDispose]();
    unsubscribe('granule:thread:lost', lost);
    for (const [event, listener] of Object.entries(listeners)) process.off(event, listener);
  }
  return { inputs: done, outcomes, violations: [...violations.values()] };
}

const anyInput: fc.Arbitrary<Input> = fc.oneof(
  ...entries.map((entry) => ({ weight: entry.weight ?? 4, arbitrary: inputOf(entry) })),
);

function inputOf(entry: Entry): fc.Arbitrary<Input> {
  return fc.record({ entry: fc.constant(entry), turn: fc.nat(11), args: argsOf(entry) });
}

/** As many as belong there, or too few, or one too many. */
function argsOf({ args }: Entry): fc.Arbitrary<Recipe[]> {
  const full = fc.tuple(...args.map(valueAt));
  // What has to be there, or the call would wait for ever, says so by what must not come.
  const least = args.findLastIndex(({ not, only }) => not !== undefined || only === true) + 1;
  const fewer = fc.integer({ min: least, max: args.length });
  return fc.oneof(
    { weight: 8, arbitrary: full },
    { weight: 1, arbitrary: fc.tuple(full, fewer).map(([all, count]) => all.slice(0, count)) },
    { weight: 1, arbitrary: fc.tuple(full, anything).map(([all, more]) => [...all, more]) },
  );
}
