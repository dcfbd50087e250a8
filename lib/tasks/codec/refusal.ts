/** How a value that cannot cross is reported: where it is, what it is, what to do. */
import { inspect, types } from 'node:util';
import { SerializationError } from '../../errors.js';
import { nameOf, remedyFor } from './classify.js';

/** One step of a path: a property or index, or an entry of a Map or Set. */
export type Step = string | number | EntryStep;

/** Where a walk is in a Map or a Set; one object serves the whole walk. */
export class EntryStep {
  #part: 'key' | 'value' | 'member';
  #index = 0;
  #key: unknown;

  constructor(part: 'key' | 'value' | 'member') {
    this.#part = part;
  }

  to(part: 'key' | 'value' | 'member', index: number, key: unknown): void {
    this.#part = part;
    this.#index = index;
    this.#key = key;
  }

  toString(): string {
    if (this.#part === 'key') return `.keys()[${this.#index}]`;
    const named = this.#part === 'value' && (typeof this.#key !== 'object' || this.#key === null);
    return named ? `.get(${inspect(this.#key, { maxStringLength: 60 })})` : `.values()[${this.#index}]`;
  }
}

/** Longer paths are cut. */
const SHOWN = 20;

/** What ends a walk: where it began, a path is added to it. */
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
  const name = nameOf(object);
  return new Refusal(`${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`, remedyFor(object));
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

/** The error for what a walk threw at the end of `steps`. */
export function serializationError(
  thrown: unknown,
  path: string | (() => string),
  steps: readonly Step[],
): SerializationError {
  const start = typeof path === 'string' ? path : path();
  const at = steps.length > SHOWN ? `${show(start, steps.slice(0, SHOWN))}…` : show(start, steps);
  const refusal = isStackOverflow(thrown) ? TOO_DEEP : thrown;
  if (refusal instanceof Refusal) {
    return new SerializationError(`Cannot send \`${at}\` to another thread: it is ${refusal.what}; ${refusal.remedy}`);
  }
  return new SerializationError(`Cannot send \`${at}\` to another thread: reading it threw ${firstLine(thrown)}`, {
    cause: thrown,
  });
}

function show(start: string, steps: readonly Step[]): string {
  return start + steps.map(showStep).join('');
}

function showStep(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step !== 'string') return step.toString();
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(step) ? `.${step}` : `[${inspect(step, { maxStringLength: 60 })}]`;
}

function firstLine(thrown: unknown): string {
  if (types.isNativeError(thrown)) return `${thrown.name}: ${thrown.message}`.split('\n', 1)[0];
  return inspect(thrown, { depth: -1, maxStringLength: 200 }).split('\n', 1)[0];
}

function isStackOverflow(thrown: unknown): boolean {
  return types.isNativeError(thrown) && thrown.message.startsWith('Maximum call stack');
}
