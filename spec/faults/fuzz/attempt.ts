/** One input, tried, and what came of it judged. */
import { types } from 'node:util';
import * as granule from 'granule';
import type { Entry } from './entry.js';
import { OWN } from './hostile-kinds.js';
import { make, mentions, type Recipe } from './recipe.js';
import type { Stage } from './stage.js';
import { keyOf } from './surface.js';

export interface Input {
  readonly entry: Entry;
  /** For entries that have a choice. */
  readonly turn: number;
  readonly args: readonly Recipe[];
}

/** What a call may say of its arguments: the library's own words. */
const HOUSE = new RegExp(
  [
    '^Expected ',
    'has no option `\\w+`: ',
    '^There is no option `\\w+`: did you mean ',
    '^parallelReduce\\(\\) over an empty range has no result',
    '^holdAsync\\(\\) takes no `timeout`',
    '^taskDone\\(\\) was called more often',
    '^The (ShareableList|SharedArray) is empty',
    '^There is no room for the block|^The machine has no memory left',
  ].join('|'),
);

/** What V8 and Node say of code that did not look at what it was given. */
const INTERNAL = new RegExp(
  [
    'Cannot (read|set|destructure|convert|mix|access)',
    'is not (a function|iterable|a constructor|defined)',
    'private member|incompatible receiver|Illegal|Maximum call stack|Reduce of empty',
    'Invalid (array|typed array|string|DataView) ',
    '\\[object ',
  ].join('|'),
);

/** Of these the language itself says what is wrong, in its own words, wherever they are touched. */
const LANGUAGE: readonly (readonly [kinds: RegExp, words: RegExp])[] = [
  [/^revoked proxy/, /on a proxy that has been revoked/],
  // Options that inherit from a Set have a `size`, and it throws.
  [/^prototype of|^__proto__$/, /incompatible receiver|private member/],
  [/^proxy of bytes/, /this is not a typed array/],
  // What a task gives becomes an element, as TypedArray.prototype.map has it.
  [/^big integers/, /^Cannot convert .* to a BigInt$/],
  [/^controller of an abort/, /private member #signal/],
  [/^detached bytes|^view beyond/, /on a detached (or out-of-bounds )?ArrayBuffer/],
  [/^class$/, /^Class constructor/],
  // So util.inspect() shows an error whose message throws, from Node 24 on.
  [/^message that throws/, /\[object Error\] \{/],
  [
    /iterator|thenable|own symbols|length lies|agrees/,
    /is not a function|is not an object|not iterable|Iterator result/,
  ],
];

/** A call that has not settled after so long never will. */
const PATIENCE = 60_000;

/** Tries the input; resolves with what came of it, in a word. Throws an Error that says what is wrong. */
export async function attempt(input: Input, stage: Stage): Promise<string> {
  const { entry, turn } = input;
  let args: unknown[];
  try {
    args = input.args.map(make);
  } catch {
    return 'cannot be made'; // options that inherit from what throws
  }
  try {
    const result = call(entry, entry.on?.(stage, turn), args);
    const value = types.isPromise(result) ? await inTime(result) : result;
    await inTime(Promise.resolve(entry.after?.(value, stage)));
    return 'works';
  } catch (error) {
    return judge(error, input);
  }
}

type Callable = (...args: unknown[]) => unknown;

function call({ name }: Entry, on: object | undefined, args: unknown[]): unknown {
  const [, made] = /^new (\w+)$/.exec(name) ?? [];
  if (made !== undefined) return Reflect.construct(exported(made) as new () => unknown, args);
  const [, setter] = /#(\w+) =$/.exec(name) ?? [];
  if (setter !== undefined) return void Reflect.set(on!, setter, args[0]);
  const [, member] = /#(.+)$/.exec(name) ?? [];
  if (member !== undefined) return (on as Record<string | symbol, Callable>)[keyOf(member)](...args);
  const [owner, method] = name.split('.');
  if (method !== undefined) return (exported(owner) as Record<string, Callable>)[method](...args);
  return (exported(name) as Callable)(...args);
}

function exported(name: string): unknown {
  return (granule as Record<string, unknown>)[name];
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Hung(`not settled after ${PATIENCE / 1000} s`));
    }, PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
class Hung extends Error {}

/** The error in a word, if the call may fail with it. */
function judge(error: unknown, { entry, args }: Input): string {
  if (isOwn(error)) return 'its own error';
  if (entry.name === 'ImapIterator#throw') return 'as documented';
  if (!types.isNativeError(error)) {
    if (typeof error === 'string' && entry.says?.test(error) === true) return 'what the task threw';
    throw new Error(`threw what is no error: ${String(error)}`);
  }
  const { name, message } = error;
  if (error instanceof Hung) throw error;
  if (error instanceof granule.GranuleError) {
    if (!error.code.startsWith('ERR_GRANULE')) throw new Error(`has the code ${error.code}`);
    if (INTERNAL.test(message) && !/reading it threw/.test(message)) throw told(error);
    return error.code;
  }
  if (entry.says?.test(message) === true) return 'as documented';
  for (const [kinds, words] of LANGUAGE) {
    if (words.test(message) && args.some((recipe) => mentions(recipe, (kind) => kinds.test(kind))))
      return 'the language';
  }
  if ((name === 'TypeError' || name === 'RangeError') && HOUSE.test(message) && !INTERNAL.test(message)) return name;
  throw told(error);
}

function told(error: Error): Error {
  return new Error(`${error.name}: ${error.message.slice(0, 300)}`, { cause: error });
}

/** Whether a hostile value threw it, itself or as the cause of an error that says where. */
export function isOwn(error: unknown): boolean {
  for (let at = error, depth = 0; types.isNativeError(at) && depth < 5; at = at.cause, depth++) {
    const { value } = Object.getOwnPropertyDescriptor(at, 'message') ?? {};
    if (typeof value === 'string' && value.includes(OWN)) return true;
  }
  return false;
}
