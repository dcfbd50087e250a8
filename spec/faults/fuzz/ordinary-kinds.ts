/** Values as a program has them, on purpose or by mistake: any kind there is, none with a will of its own. */
import { EventEmitter } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { resizable } from './resizable.js';

class Point {
  readonly x = 1;
  get double(): number {
    return 2 * this.x;
  }
}
class Rows extends Array<unknown> {}

/** Each makes its value anew. */
export const ordinary: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  0: () => 0,
  '-0': () => -0,
  1: () => 1,
  '-1': () => -1,
  7: () => 7,
  1.5: () => 1.5,
  'as small as can be': () => Number.MIN_VALUE,
  '2^31': () => 2 ** 31,
  '2^32': () => 2 ** 32,
  '-2^31': () => -(2 ** 31),
  '2^53': () => 2 ** 53,
  '-2^53': () => -(2 ** 53),
  'as large as can be': () => Number.MAX_VALUE,
  Infinity: () => Infinity,
  '-Infinity': () => -Infinity,
  NaN: () => NaN,
  '0n': () => 0n,
  '1n': () => 1n,
  '2n**64n': () => 2n ** 64n,
  '-2n**63n': () => -(2n ** 63n),
  '2n**4000n': () => 2n ** 4000n,
  'empty text': () => '',
  text: () => 'text',
  'a number in text': () => '4',
  'a high surrogate alone': () => 'a\ud800',
  'a low surrogate alone': () => '\udc00b',
  'a zero byte': () => 'a\0b',
  'line separators': () => '\u2028\u2029\n\r',
  'what ends a comment, a template, a program': () => "*/ `${process.exit(9)}` '; process.exit(9)//",
  'a long text': () => 'long '.repeat(100),
  __proto__text: () => '__proto__',
  'constructor as text': () => 'constructor',
  'then as text': () => 'then',
  symbol: () => Symbol('own'),
  'symbol without description': () => Symbol(),
  'registered symbol': () => Symbol.for('granule.share'),
  'well-known symbol': () => Symbol.iterator,
  object: () => ({ a: 1, b: 'two' }),
  'empty object': () => ({}),
  'object without prototype': () => Object.create(null) as object,
  'frozen object': () => Object.freeze({ a: Object.freeze([1]) }),
  instance: () => new Point(),
  'boxed number': () => Object(1) as object,
  'boxed text': () => Object('text') as object,
  'boxed symbol': () => Object(Symbol('boxed')) as object,
  'empty array': () => [],
  numbers: () => [1, 2, 3],
  'mixed array': () => [1, 'two', { three: 3 }, null, undefined],
  'sparse array': () => Object.assign(new Array(200), { 7: 7, 150: { deep: 1 } }),
  'array with a property': () => Object.assign([1, 2], { total: 3 }),
  'array of a subclass': () => Rows.from([1, 2]),
  'frozen array': () => Object.freeze([1, 2]),
  arguments: () =>
    (function () {
      return arguments; // eslint-disable-line prefer-rest-params
    })(),
  date: () => new Date(0),
  'invalid date': () => new Date(NaN),
  regexp: () => /own/gu,
  map: () =>
    new Map<unknown, unknown>([
      ['a', 1],
      [{ key: 1 }, [2]],
    ]),
  set: () => new Set([1, 'two', [3]]),
  'weak map': () => new WeakMap(),
  'weak ref': () => new WeakRef({}),
  promise: () => Promise.resolve(1),
  generator: () =>
    (function* () {
      yield 1;
      yield 2;
    })(),
  'async generator': () =>
    (async function* () {
      yield 1;
      yield 2;
    })(),
  error: () => new Error('own', { cause: new TypeError('deeper') }),
  'aggregate error': () => new AggregateError([new Error('one'), 2], 'many'),
  'DOM exception': () => new DOMException('own', 'DataCloneError'),
  url: () => new URL('file:///own/path.js'),
  'url of the web': () => new URL('https://granule.invalid/task.js'),
  buffer: () => Buffer.from('bytes'),
  bytes: () => Uint8Array.of(1, 2, 3),
  doubles: () => Float64Array.of(1, NaN, -0),
  'big integers': () => BigInt64Array.of(1n, -1n),
  'part of a buffer': () => new Uint16Array(new ArrayBuffer(16), 2, 3),
  'data view': () => new DataView(new ArrayBuffer(8)),
  'array buffer': () => new ArrayBuffer(8),
  'shared buffer': () => new SharedArrayBuffer(8),
  'shared words': () => new Int32Array(new SharedArrayBuffer(64)),
  'growable buffer': () => resizable(8),
  'growable shared words': () => new Int32Array(new SharedArrayBuffer(8, { maxByteLength: 64 })),
  'detached buffer': () => {
    const memory = new ArrayBuffer(8);
    structuredClone(memory, { transfer: [memory] });
    return memory;
  },
  'detached bytes': () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return bytes;
  },
  'view beyond its buffer': () => {
    const memory = resizable(64);
    const view = new Float64Array(memory, 8, 4);
    memory.resize(4);
    return view;
  },
  'view that follows its buffer': () => {
    const memory = resizable(16);
    const view = new Uint8Array(memory);
    memory.resize(3);
    return view;
  },
  'data view beyond its buffer': () => {
    const memory = resizable(64);
    const view = new DataView(memory, 32);
    memory.resize(0);
    return view;
  },
  port: () => {
    const { port1 } = new MessageChannel();
    port1.close();
    return port1;
  },
  emitter: () => new EventEmitter(),
  console: () => console,
  'controller of an abort': () => new AbortController(),
  Math: () => Math,
  class: () => Point,
  'bound function': () => Math.max.bind(null, 1),
  'native function': () => Math.sqrt,
  'generator function': () =>
    function* numbers() {
      yield 1;
    },
};
