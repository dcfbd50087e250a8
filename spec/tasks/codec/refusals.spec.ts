import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SerializationError } from '#lib/errors.js';
import { Encoder } from '#lib/tasks/codec/encoder.js';
import { packMessage } from '#lib/tasks/codec/message.js';

/** Both ways to send a value refuse the same, with the same words. */
const ways: [string, (value: unknown, path?: string) => unknown][] = [
  ['as bytes', (value, path = 'args') => new Encoder().write(value, path)],
  ['by a message', (value, path = 'args') => packMessage(value, path)],
];

function refusal(send: () => unknown): Error {
  try {
    send();
  } catch (error) {
    expect(error).toBeInstanceOf(SerializationError);
    return error as Error;
  }
  throw new Error('It was not refused');
}

describe.each(ways)('sent %s', (_, send) => {
  const fn = (): void => {};
  test.each<[string, unknown]>([
    ['args', fn],
    ['args[1].socket', [1, { socket: fn }]],
    ['args[0][2].a.b', [[1, 2, { a: { b: fn } }]]],
    ["args['odd key']['']", { 'odd key': { '': fn } }],
    ['args.größe.$_1', { größe: { $_1: fn } }],
    ["args.get('k').fn", new Map([['k', { fn }]])],
    ['args.get(7)', new Map<number, unknown>([[6, 1], [7, fn]])],
    ['args.get(null)', new Map([[null, fn]])],
    ['args.keys()[1].fn', new Map([[{}, 1], [{ fn }, 1]])],
    ['args.values()[1]', new Map<unknown, unknown>([[{}, 1], [{}, fn]])],
    ['args.values()[2].deep[0]', new Set([1, 2, { deep: [fn] }])],
    ['args.cause.fn', new Error('x', { cause: { fn } })],
    ['args.errors[1]', new AggregateError([1, fn])],
    ['args.extra', Object.assign([1], { extra: fn })],
    ['args[1000000]', Object.assign([], { 1000000: fn })],
  ])('a function is found at %s', (path, value) => {
    expect(refusal(() => send(value)).message).toContain(`\`${path}\``);
  });

  test('the path goes on from the one that was given, which may be made when it is needed', () => {
    const error = refusal(() => send({ handler: fn }, 'result'));
    expect(error.message).toMatch(/^Cannot send `result\.handler` to another thread: it is the function fn; /);
    expect(refusal(() => new Encoder().write([fn], () => 'items[42]')).message).toContain('`items[42][0]`');
    expect(refusal(() => packMessage([fn], () => 'items[42]')).message).toContain('`items[42][0]`');
  });

  test.each<[string, unknown, string]>([
    ['a function', class Thing {}, 'the function Thing; leave it out'],
    ['a nameless function', (() => () => {})(), 'a function; leave it out'],
    ['a symbol', Symbol('tag'), 'the symbol Symbol(tag)'],
    ['a boxed symbol', Object(Symbol('tag')), 'a Symbol'],
    ['a Proxy', new Proxy({}, {}), 'a Proxy; send a plain copy'],
    ['a Proxy of an array', new Proxy([], {}), 'a Proxy'],
    ['a WeakMap', new WeakMap(), 'a WeakMap'],
    ['a WeakSet', new WeakSet(), 'a WeakSet'],
    ['a WeakRef', new WeakRef({}), 'a WeakRef'],
    ['a FinalizationRegistry', new FinalizationRegistry(() => {}), 'a FinalizationRegistry'],
    ['a Promise', Promise.resolve(), 'a Promise; await it'],
    ['a generator', (function* () {})(), 'a Generator'],
    ['an async generator', (async function* () {})(), 'an AsyncGenerator'],
    ['the iterator of an array', [1].values(), 'an Array Iterator; send [...iterator]'],
    ['the iterator of a Map', new Map().entries(), 'a Map Iterator'],
    ['the iterator of a string', 'a'[Symbol.iterator](), 'a String Iterator'],
    ['arguments', argumentsOf(1, 2), 'an Arguments; send [...arguments]'],
    ['no arguments', argumentsOf(), 'an Arguments'],
    ['a number format', new Intl.NumberFormat(), 'a NumberFormat; create it inside the task'],
    ['a URL', new URL('http://a.example'), 'a URL; send url.href'],
    ['URLSearchParams', new URLSearchParams(), 'a URLSearchParams; send String(params)'],
    ['Headers', new Headers(), 'a Headers; send [...headers]'],
    ['an AbortController', new AbortController(), "pass its signal in the call's options"],
    ['an AbortSignal', new AbortController().signal, "pass it as `signal` in the call's options"],
    ['an Event', new Event('click'), 'an Event'],
    ['a MessagePort that is not moved', new MessageChannel().port1, 'a MessagePort; wrap it in move()'],
    ['a ReadableStream that is not moved', new ReadableStream(), 'a ReadableStream; wrap it in move()'],
  ])('%s is refused with what to do', (__, value, text) => {
    const { message } = refusal(() => send([value]));
    expect(message).toContain('`args[0]`');
    expect(message).toContain(text);
    if (value instanceof MessagePort) value.close();
  });

  test('a revoked Proxy', () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(refusal(() => send({ proxy })).message).toContain('`args.proxy`');
  });

  test('whatever says itself that it cannot be sent', () => {
    class Station {}
    const remedy = 'create the Station inside the task instead';
    Object.defineProperty(Station.prototype, Symbol.for('granule.uncloneable'), { value: remedy });
    const { message } = refusal(() => send({ station: new Station() }));
    expect(message).toMatch(/`args\.station` .* it is a Station; create the Station inside the task instead$/);
  });

  test('memory that was transferred before', () => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    const dataView = new DataView(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    for (const memory of [buffer, view, dataView]) {
      expect(refusal(() => send({ memory })).message).toMatch(/`args\.memory` .* detached; .* without move\(\)/);
    }
  });

  test('a getter that throws: its error is the cause', () => {
    const boom = new RangeError('boom');
    const value = { list: [{ get bad(): never { throw boom; } }] };
    const error = refusal(() => send(value));
    expect(error.message).toBe('Cannot send `args.list[0].bad` to another thread: reading it threw RangeError: boom');
    expect(error.cause).toBe(boom);
  });

  test('a value nested too deeply, which is more than a thousand levels', () => {
    const nest = (levels: number): object => {
      let value: object = {};
      for (let i = 1; i < levels; i++) value = { next: value };
      return value;
    };
    expect(() => send(nest(1000))).not.toThrow();
    for (const levels of [1001, 100_000]) {
      const { message } = refusal(() => send(nest(levels)));
      expect(message).toMatch(/^Cannot send `args(\.next){20}…` to another thread: it is nested too deeply; flatten/);
    }
  });

  test('a function anywhere in a nest of arrays, objects, maps and sets is found where it is', () => {
    type Step = ['index' | 'key' | 'get' | 'member', number | string];
    const steps = fc.array(
      fc.oneof(
        fc.tuple(fc.constant('index' as const), fc.nat(20)),
        fc.tuple(fc.constant('key' as const), fc.stringMatching(/^[a-z]{1,8}$/)),
        fc.tuple(fc.constant('get' as const), fc.nat(9)),
        fc.tuple(fc.constant('member' as const), fc.nat(5)),
      ),
      { maxLength: 15 },
    );
    const wrap = ([kind, at]: Step, inner: unknown): unknown => {
      if (kind === 'key') return { before: [1], [at]: inner, after: fn };
      if (kind === 'get') return new Map<unknown, unknown>([['other', 1], [at, inner], ['last', fn]]);
      const list = [...Array.from({ length: at as number }, (__, i) => ({ i })), inner, fn];
      return kind === 'index' ? list : new Set(list);
    };
    const text = ([kind, at]: Step): string => {
      return { index: `[${at}]`, key: `.${at}`, get: `.get(${at})`, member: `.values()[${at}]` }[kind];
    };
    fc.assert(
      fc.property(steps, (way) => {
        const value = way.reduceRight<unknown>((inner, step) => wrap(step, inner), Symbol('here'));
        const path = `args${way.map((step) => text(step)).join('')}`;
        expect(refusal(() => send(value)).message).toContain(`\`${path}\` to another thread: it is the symbol`);
      }),
      { seed: 20261120, numRuns: 300 },
    );
  });

  test('after a refusal the next value crosses as if nothing had been', () => {
    const encoder = new Encoder();
    for (let i = 0; i < 3; i++) {
      expect(() => encoder.write({ list: [{ a: 1 }, { a: fn }] }, 'args')).toThrow(SerializationError);
      expect(encoder.write({ list: [{ a: 1 }, { a: 2 }] }, 'args')).toBe(true);
    }
  });
});

function argumentsOf(..._: unknown[]): unknown {
  return arguments; // eslint-disable-line prefer-rest-params
}

test('an emitter is refused where it stands, not where its first listener does', () => {
  class Socket extends EventEmitter {
    readonly fd = 3;
  }
  const { message } = refusal(() => new Encoder().write({ socket: new Socket() }, 'args[0]'));
  expect(message).toContain('`args[0].socket` to another thread: it is a Socket; ');
  expect(refusal(() => packMessage([new EventTarget()], 'args')).message).toContain('`args[0]`');
});

test('a getter that sends a value itself is told so', () => {
  const encoder = new Encoder();
  const value = { get inner(): boolean { return encoder.write([1], 'inner'); } };
  const { cause } = refusal(() => encoder.write(value, 'args'));
  expect(cause).toBeInstanceOf(SerializationError);
  expect(encoder.write([1], 'args')).toBe(true);
});
