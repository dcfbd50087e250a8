/**
 * The rules that options keep, and the errors that say which rule was broken. One table: a rule is its
 * wording and its test, so that the message cannot drift from the check.
 */
import { MOST_ARGS } from '../tasks/most-args.js';
import { areOptions, nameLike, plainName } from '../tasks/option-names.js';
import { optionOf } from '../tasks/own-options.js';
import { broken, shown } from '../tasks/show.js';
import { SCHEDULES } from './schedules.js';

/** `type`: not the kind of value at all (TypeError); `range`: the kind, but outside (RangeError). */
type Verdict = 'ok' | 'type' | 'range';

export interface Rule {
  /** Completes "Expected `name` to be …". */
  readonly expected: string;
  readonly judge: (value: unknown) => Verdict;
}

const inRange = (ok: boolean): Verdict => (ok ? 'ok' : 'range');
const ofType = (ok: boolean): Verdict => (ok ? 'ok' : 'type');
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function integer(least: number, most = Number.MAX_SAFE_INTEGER): Rule {
  const upTo = most === Number.MAX_SAFE_INTEGER ? 'up' : `to ${most}`;
  return {
    expected: `an integer from ${least} ${upTo}`,
    judge: (value) =>
      isNumber(value) ? inRange(Number.isSafeInteger(value) && value >= least && value <= most) : 'type',
  };
}

function integerOr(word: 'auto', least: number): Rule {
  const rule = integer(least);
  return {
    expected: `'${word}' or ${rule.expected}`,
    judge: (value) => (value === word ? 'ok' : rule.judge(value)),
  };
}

/** A bound: Infinity says "none", as leaving it out does. */
function integerOrInfinity(least: number): Rule {
  const rule = integer(least);
  return {
    expected: `${rule.expected}, or Infinity`,
    judge: (value) => (value === Infinity ? 'ok' : rule.judge(value)),
  };
}

function oneOf(words: readonly string[]): Rule {
  const quoted = words.map((word) => `'${word}'`);
  return {
    expected: `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`,
    judge: (value) => (typeof value === 'string' ? inRange(words.includes(value)) : 'type'),
  };
}

/** What a task is called with. */
export const ARGS: Rule = {
  expected: `an array of at most ${MOST_ARGS} arguments, such as [1, 2]`,
  judge: (value) => (Array.isArray(value) ? inRange(value.length >= 0 && value.length <= MOST_ARGS) : 'type'),
};
const callable: Rule = { expected: 'a function', judge: (value) => ofType(typeof value === 'function') };
const text: Rule = { expected: 'a string', judge: (value) => ofType(typeof value === 'string') };

export const EXECUTIONS = ['threads', 'adaptive', 'inline'] as const;

/**
 * 0 is refused: it means "no limit" in some libraries and "at once" in others, and a program that
 * gets it wrong either hangs or fails every call.
 */
const limit: Rule = {
  expected: 'a number of milliseconds above 0, or Infinity for no limit',
  judge: (value) => (isNumber(value) ? inRange(value > 0) : 'type'),
};

/** Of a wait: 0 asks without waiting. */
export const WAIT: Rule = {
  expected: 'a number of milliseconds from 0 up, or Infinity for no limit',
  judge: (value) => (isNumber(value) ? inRange(value >= 0) : 'type'),
};

/** By shape, not instanceof: the signal may come from another realm or from a polyfill. */
const signal: Rule = {
  expected: "an AbortSignal, such as a controller's `signal`",
  judge: (value) =>
    ofType(
      isObject(value) &&
        typeof (value as AbortSignal).aborted === 'boolean' &&
        typeof (value as AbortSignal).addEventListener === 'function' &&
        typeof (value as AbortSignal).removeEventListener === 'function',
    ),
};

const RESOURCE_LIMITS = ['maxOldGenerationSizeMb', 'maxYoungGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb'];

/** Node ignores a limit that is not a number, and takes 0 for "default": both would hide a mistake. */
const resourceLimits: Rule = {
  expected: `an object of numbers above 0 (${RESOURCE_LIMITS.join(', ')})`,
  judge: (value) => {
    if (!isObject(value) || Array.isArray(value)) return 'type';
    let verdict: Verdict = 'ok';
    for (const name of RESOURCE_LIMITS) {
      const size = optionOf(value as Record<string, unknown>, name);
      if (size === undefined) continue;
      if (!isNumber(size)) return 'type';
      if (!(size > 0)) verdict = 'range';
    }
    return verdict;
  },
};

/** Every option that any member of Pool takes. Tasks (`initializer`) are checked where they are resolved. */
export const RULES = {
  threads: integer(1, 1024),
  initializer: { expected: 'a task', judge: () => 'ok' },
  initargs: ARGS,
  maxTasksPerThread: integerOrInfinity(1),
  resourceLimits,
  maxQueue: integerOrInfinity(0),
  name: text,
  execution: oneOf(EXECUTIONS),
  signal,
  timeout: limit,
  itemTimeout: limit,
  chunksize: integerOr('auto', 1),
  schedule: oneOf(SCHEDULES),
  args: ARGS,
  retries: integer(0),
  onProgress: callable,
  bufferSize: integer(1),
  callback: callable,
  errorCallback: callable,
  initial: { expected: 'a value', judge: () => 'ok' },
} as const satisfies Record<string, Rule>;

export type OptionName = keyof typeof RULES;
const NAMES = Object.keys(RULES) as OptionName[];

/** TypeError or RangeError, unless the value keeps the rule. */
export function check(name: string, value: unknown, rule: Rule): void {
  const verdict = rule.judge(value);
  if (verdict === 'ok') return;
  const message = broken(name, rule.expected, value);
  throw verdict === 'type' ? new TypeError(message) : new RangeError(message);
}

/** The value of an option, read once; `undefined` is as good as absent. */
export function option(options: object, name: OptionName): unknown {
  const value = optionOf(options as Record<string, unknown>, name);
  if (value !== undefined) check(name, value, RULES[name]);
  return value;
}

/** Options are an object, and hold no name that is a slip of the pen. `where` is such as `map()`. */
export function checkOptions(options: unknown, where: string, expected = 'an object'): asserts options is object {
  if (!areOptions(options)) {
    throw new TypeError(`Expected the options of ${where} to be ${expected}, got ${shown(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(RULES, name)) continue;
    if (Object.hasOwn(OTHERWISE, name)) throw new TypeError(`${where} has no option \`${name}\`: ${OTHERWISE[name]}`);
    const meant = meantBy(name);
    if (meant === undefined) continue;
    const other = OF_POOL.has(meant) && where !== OF_CONSTRUCTOR ? ` of ${OF_CONSTRUCTOR}` : '';
    throw new TypeError(`${where} has no option \`${name}\`: did you mean \`${meant}\`${other}?`);
  }
}

const OF_CONSTRUCTOR = 'new Pool()';
const OF_POOL: ReadonlySet<OptionName> = new Set([
  'threads',
  'initializer',
  'initargs',
  'maxTasksPerThread',
  'resourceLimits',
  'maxQueue',
  'execution',
]);

/** What the same thing is called where users come from: Python's multiprocessing, and Node's other pools. */
const FOREIGN: Readonly<Record<string, OptionName>> = {
  processes: 'threads',
  workers: 'threads',
  minthreads: 'threads',
  maxthreads: 'threads',
  maxworkers: 'threads',
  concurrency: 'threads',
  maxtasksperchild: 'maxTasksPerThread',
  batchsize: 'chunksize',
  retry: 'retries',
  maxretries: 'retries',
  workerdata: 'initargs',
};

/** Options of other pools that are said in another way here, and would be missed. */
const OTHERWISE: Readonly<Record<string, string>> = {
  filename: 'name tasks by taskModule()',
  idleTimeout: 'threads stay until the pool is closed',
  transferList: 'mark what moves with move()',
};

/** The option that an unknown name was probably meant to be: one like it, or another library's name for it. */
export function meantBy(name: string): OptionName | undefined {
  const plain = plainName(name);
  return Object.hasOwn(FOREIGN, plain) ? FOREIGN[plain] : nameLike(name, NAMES);
}
