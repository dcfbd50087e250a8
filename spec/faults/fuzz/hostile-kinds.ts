/** Values with a will of their own: they throw, lie, change as they are read, or never come to an end. */
import { createContext, runInContext } from 'node:vm';
import { inspect } from 'node:util';
import { Lock, Queue } from 'granule';
import { resizable } from './resizable.js';

/** What hostile values throw: an error that has this is theirs, and may pass through granule. */
export const OWN = 'thrown by the value itself';

export function own(): Error {
  return new RangeError(OWN);
}
const throws = (): never => {
  throw own();
};

/** Every trap of a Proxy. */
const traps: readonly (keyof ProxyHandler<object>)[] = [
  'apply',
  'construct',
  'defineProperty',
  'deleteProperty',
  'get',
  'getOwnPropertyDescriptor',
  'getPrototypeOf',
  'has',
  'isExtensible',
  'ownKeys',
  'preventExtensions',
  'set',
  'setPrototypeOf',
];
const throwing = Object.fromEntries(traps.map((trap) => [trap, throws])) as ProxyHandler<object>;

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** Answers every question with something that answers every question. */
const agreeable: unknown = new Proxy(() => agreeable, {
  get: (_target, name) => (name === Symbol.toPrimitive ? () => 1 : name === 'then' ? undefined : agreeable),
  apply: () => agreeable,
  construct: () => agreeable as object,
});

const elsewhere = createContext({});
const foreign = (code: string): unknown => runInContext(code, elsewhere);

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

function iterator(parts: object): object {
  return { [Symbol.iterator]: () => parts };
}
function asyncIterator(parts: object): object {
  return { [Symbol.asyncIterator]: () => parts };
}
function counting(most: number): () => IteratorResult<number> {
  let count = 0;
  return () => (++count > most ? throws() : { done: false, value: count });
}

/** Looks like a signal. */
function signal(parts: object): object {
  return { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined, ...parts };
}
const getter = (name: string, get: () => unknown, on: object = {}): object =>
  Object.defineProperty(on, name, { get, enumerable: true, configurable: true });

/** Each makes its value anew. */
export const hostile: Readonly<Record<string, () => unknown>> = {
  // Reading them throws
  'getter that throws': () => getter('x', throws),
  'getter that throws in an array': () => getter('1', throws, [1, 2, 3]),
  'constructor that throws': () => getter('constructor', throws),
  'then that throws': () => getter('then', throws),
  'name that throws': () => getter('name', throws, () => 1),
  'message that throws': () => getter('message', throws, new Error('own')),
  'stack that throws': () => getter('stack', throws, new Error('own')),
  'href that throws': () => getter('href', throws),
  'module that throws': () => getter('module', throws),
  'tag that throws': () => Object.defineProperty({}, Symbol.toStringTag, { get: throws }),
  'inspection that throws': () => ({ [inspect.custom]: throws }),
  'conversions that throw': () => ({ [Symbol.toPrimitive]: throws, toString: throws, valueOf: throws, toJSON: throws }),
  'conversions to objects': () => ({ [Symbol.toPrimitive]: () => ({}) }),
  'function whose text throws': () => Object.assign(() => 1, { toString: throws }),
  'function that throws': () => throws,
  'async function that throws': () => async () => throws(),
  'prototype that throws': () => Object.create(new Proxy({}, throwing)) as object,
  'proxy that throws': () => new Proxy({}, throwing),
  'proxy of a function that throws': () => new Proxy(() => 1, throwing),
  'proxy of an array that throws': () => new Proxy([1], throwing),
  'revoked proxy': () => revoked({}),
  'revoked proxy of an array': () => revoked([]),
  'revoked proxy of a function': () => revoked(() => 1),
  'proxy of an object': () => new Proxy({ a: 1 }, {}),
  'proxy of an array': () => new Proxy([1, 2, 3], {}),
  'proxy of bytes': () => new Proxy(new Uint8Array(4), {}),
  'proxy of a Lock': () => new Proxy(new Lock(), {}),
  'proxy that agrees': () => agreeable,
  'getter of a symbol that throws': () => Object.defineProperty({}, Symbol.iterator, { get: throws }),
  'granule’s own symbols': () => {
    const names = ['share', 'carry', 'carry-once', 'carry-check', 'uncloneable', 'lock'];
    return Object.fromEntries(names.map((name) => [Symbol.for(`granule.${name}`), agreeable]));
  },
  'handle of nobody': () => ({ 'granule.shareable': 'Nobody', data: {} }),
  'handle of a Lock over nothing': () => ({ 'granule.shareable': 'Lock', data: undefined }),
  'handle of a Queue over nothing': () => ({ 'granule.shareable': 'Queue', data: { memory: 1, ring: 2 } }),
  'handle of a Value over nothing': () => ({ 'granule.shareable': 'Value', data: {} }),
  'handle that is cyclic': () => {
    const handle: Record<string, unknown> = { 'granule.shareable': 'Lock' };
    handle.data = [handle];
    return handle;
  },
  'prototype of a Lock': () => Object.create(Lock.prototype) as object,
  'prototype of a Queue': () => Object.create(Queue.prototype) as object,
  'prototype of a Map': () => Object.create(Map.prototype) as object,
  'prototype of an Error': () => Object.create(Error.prototype) as object,

  // Their shape
  'object that holds itself': () => {
    const object: Record<string, unknown> = {};
    object.self = object;
    return object;
  },
  'array that holds itself': () => {
    const array: unknown[] = [1];
    array.push(array);
    return array;
  },
  'own __proto__': () =>
    JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}}}') as object,
  'keys of many kinds': () => ({ '': 1, 0: 2, 'a b': 3, '\ud800': 4, '\u2028': 5, [Symbol('own')]: 6 }),
  '10 000 levels of objects': () => nested(10_000, (inner) => ({ inner })),
  '10 000 levels of arrays': () => nested(10_000, (inner) => [inner]),
  '10 000 levels of maps': () => nested(10_000, (inner) => new Map([[inner, inner]])),
  '10 000 levels of causes': () => nested(10_000, (cause) => new Error('own', { cause })),
  '10 000 prototypes': () => nested(10_000, (inner) => Object.create(Object(inner) as object) as object),
  'sparse array of 2^32 - 1': () => new Array<unknown>(2 ** 32 - 1),

  // They change as they are read
  'getter that shortens its array': () => {
    const array: unknown[] = [0, 1, 2, 3];
    getter('0', () => (array.length = 1), array);
    return array;
  },
  'getter that detaches what comes next': () => {
    const memory = new ArrayBuffer(64);
    const detach = (): unknown => structuredClone(memory, { transfer: memory.byteLength === 0 ? [] : [memory] });
    return Object.assign(getter('first', detach), { next: new Float64Array(memory), memory });
  },
  'getter that shrinks what comes next': () => {
    const memory = resizable(64);
    return Object.assign(
      getter('first', () => void memory.resize(2)),
      { next: new Int32Array(memory, 0, 8), memory },
    );
  },
  'getter that removes what comes next': () => {
    const object: Record<string, unknown> = {};
    getter('first', () => delete object.next, object);
    return Object.assign(object, { next: 1 });
  },
  'array whose length lies': () =>
    new Proxy([1, 2, 3], { get: (target, name) => (name === 'length' ? -1 : (Reflect.get(target, name) as unknown)) }),

  // To iterate
  'iterator that is none': () => iterator({}),
  'iterator that is a number': () => ({ [Symbol.iterator]: () => 1 }),
  'iterator that throws at once': () => ({ [Symbol.iterator]: throws }),
  'iterator that throws half-way': () => iterator({ next: counting(2) }),
  'iterator that throws half-way, and as it is closed': () => iterator({ next: counting(2), return: throws }),
  'iterator that gives no results': () => iterator({ next: () => 1 }),
  'iterator whose results throw': () => iterator({ next: () => getter('done', throws) }),
  'iterator without end': () => iterator({ next: () => ({ done: false, value: 1 }), return: () => ({ done: true }) }),
  'async iterator that is none': () => asyncIterator({}),
  'async iterator that throws at once': () => ({ [Symbol.asyncIterator]: throws }),
  'async iterator that throws half-way': () => asyncIterator({ next: counting(2), return: throws }),
  'async iterator that rejects half-way': () => {
    const next = counting(2);
    return asyncIterator({ next: async () => next(), return: async () => throws() });
  },
  'async iterator that gives no results': () => asyncIterator({ next: async () => 1 }),
  'async iterator whose results throw': () => asyncIterator({ next: async () => getter('done', throws) }),
  'async iterator that never answers': () => asyncIterator({ next: () => new Promise(() => undefined) }),
  'async iterator without end': () => asyncIterator({ next: async () => ({ done: false, value: 1 }) }),

  // To await, to listen to
  'thenable that throws': () => ({ then: throws }),
  'thenable that calls both': () => ({
    then: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => {
      resolve(1);
      reject(own());
      throws();
    },
  }),
  'signal that was aborted': () => AbortSignal.abort(own()),
  'signal that will be aborted': () => {
    const controller = new AbortController();
    queueMicrotask(() => {
      controller.abort(own());
    });
    return controller.signal;
  },
  'signal that cannot be left': () => signal({ removeEventListener: undefined }),
  'signal that does not want to be left': () => signal({ removeEventListener: throws }),
  'signal that cannot be heard': () => signal({ addEventListener: throws }),
  'signal that is aborted as one listens': () => {
    const fake = signal({
      addEventListener: (_type: string, heard: () => void) => {
        Object.assign(fake, { aborted: true, reason: own() });
        heard();
      },
    });
    return fake;
  },
  'signal that says nothing of its abort': () => {
    const fake = signal({ addEventListener: () => Object.assign(fake, { aborted: true, reason: own() }) });
    return fake;
  },
  'signal whose reason throws': () => getter('reason', throws, signal({ aborted: true })),
  'signal that throws when asked again': () => {
    let asked = 0;
    return getter('aborted', () => asked++ > 0 && throws(), signal({}));
  },
  'target of events': () => new EventTarget(),

  // Of another realm
  'object of another realm': () => foreign('({ a: 1 })'),
  'array of another realm': () => foreign('[1, 2, 3]'),
  'map of another realm': () => foreign('new Map([[1, {}]])'),
  'error of another realm': () => foreign('new TypeError("own")'),
  'bytes of another realm': () => foreign('Uint8Array.of(1, 2)'),
  'function of another realm': () => foreign('(x) => x'),
  'buffer of another realm': () => foreign('new SharedArrayBuffer(8)'),
  'promise of another realm': () => foreign('Promise.resolve(1)'),
};
