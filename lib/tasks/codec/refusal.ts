/** How a value that cannot cross is reported: where it is, what it is, what to do. */
import { inspect } from 'node:util';
import { SerializationError } from '../../errors.js';
import { nameOf, remedyFor } from './classify.js';

/** One step of a path: a property or index, or an entry of a Map or Set. */
export type Step = string | number | EntryStep;

/** Where a walk is in a Map or a Set; one object serves the whole walk. */
export class EntryStep {
  index = 0;
  part: 'key' | 'value' | 'member' = 'key';
  key: unknown = undefined;

  toString(): string {
    if (this.part === 'member') return `.values()[${this.index}]`;
    if (this.part === 'key') return `.keys()[${this.index}]`;
    return typeof this.key === 'object' || typeof this.key === 'function' || typeof this.key === 'symbol'
      ? `.values()[${this.index}]`
      : `.get(${inspect(this.key, { maxStringLength: 60 })})`;
  }
}

/** Thrown inside a walk; the walk's start adds the path. */
export class Refusal {
  readonly what: string;
  readonly remedy: string;
  constructor(what: string, remedy: string) {
    this.what = what;
    this.remedy = remedy;
  }
}

export function refuseFunction(value: unknown): Refusal {
  const name = typeof value === 'function' && typeof value.name === 'string' ? value.name : '';
  return new Refusal(
    name === '' ? 'a function' : `the function ${name}`,
    'leave it out, or send the data it works on and let the task import it',
  );
}

export function refuseSymbol(value: symbol): Refusal {
  return new Refusal(`the symbol ${String(value)}`, 'a symbol belongs to its thread: send a string instead');
}

export function refuseObject(object: object): Refusal {
  return new Refusal(`a ${nameOf(object)}`, remedyFor(object));
}

export const PROXY = new Refusal('a Proxy', 'send a plain copy, such as { ...proxy }');
export const DETACHED = new Refusal(
  'an ArrayBuffer or view whose memory is detached',
  'it was transferred or moved before: send it once, or without move()',
);
export const TOO_DEEP = new Refusal(
  'nested too deeply',
  'flatten it, such as a linked list into an array',
);

/** The error for what a walk of `root` threw at `steps`. */
export function serializationError(
  thrown: unknown,
  path: string | (() => string),
  steps: readonly Step[],
): SerializationError {
  const at = (typeof path === 'string' ? path : path()) + steps.map(show).join('');
  if (thrown instanceof Refusal) {
    return new SerializationError(
      thrown === TOO_DEEP
        ? `Cannot send \`${at}\` to another thread: it is ${thrown.what}; ${thrown.remedy}`
        : `Cannot send \`${at}\` to another thread: it is ${thrown.what}; ${thrown.remedy}`,
    );
  }
  const error = new SerializationError(`Cannot send \`${at}\` to another thread: reading it threw ${brief(thrown)}`);
  Object.defineProperty(error, 'cause', { value: thrown, configurable: true, writable: true });
  return error;
}

function show(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step !== 'string') return step.toString();
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(step) ? `.${step}` : `[${inspect(step, { maxStringLength: 60 })}]`;
}

function brief(thrown: unknown): string {
  const text = inspect(thrown, { depth: -1, maxStringLength: 200 });
  return text.split('\n', 1)[0]!;
}
