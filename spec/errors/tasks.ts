/** A task that cannot be one, and values that cannot cross. */
import { createServer } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { fromShared, Manager, move, Pipe, Pool, Queue, taskModule, toShared } from 'granule';
import { reviveCarried } from '#lib/tasks/carry.js';
import { SHARE } from '#lib/tasks/shareable.js';
import type { Room } from './provoke.js';

type Tasks = typeof import('../fixtures/errors/tasks.js');

const tasks = taskModule<Tasks>(new URL('../fixtures/errors/tasks.js', import.meta.url));
const { Shape, missing } = taskModule<{ Shape(): void; missing(): void }>(
  new URL('../fixtures/errors/tasks.js', import.meta.url),
);
const empty = taskModule<{ f(): void }>(new URL('../fixtures/errors/nothing.js', import.meta.url));
const constants = taskModule<{ f(): void }>(new URL('../fixtures/tasks/constants.js', import.meta.url));
const callsAsItLoads = taskModule<typeof import('../fixtures/pool/calls-as-it-loads.js')>(
  new URL('../fixtures/pool/calls-as-it-loads.js', import.meta.url),
);
/** Beside a module in TypeScript that nothing compiles. */
const beside = (file: string) =>
  taskModule<{ f(): void }>(new URL(`../../../spec/fixtures/tasks/${file}`, import.meta.url)).f;
const { identity } = tasks;

/** A function with this text: the variables of it are not the spec's. */
const source = (text: string): (() => unknown) => (0, eval)(`(${text})`) as () => unknown;
const any = (value: unknown): never => value as never;
const here = 1;
const outer = { base: 2, scale(): number { return this.base; } };

/** What the tools that rewrite sources leave in them. */
const FROM_TOOLS = [
  'cov_1x2y3z',
  'stryMutAct_9fa48',
  '__vite_ssr_import_0__',
  '__webpack_require__',
  '__async',
  '__awaiter',
  '_asyncToGenerator',
  'require',
];

export const tasksRoom: Room = (pool) => ({
  'pool.apply(5)': () => pool.apply(any(5)),
  'pool.apply({ module: "./tasks.js", name: "work" })': () => pool.apply({ module: './tasks.js', name: 'work' }),
  'pool.apply(task) as the module of the task loads': () => pool.apply(callsAsItLoads.work),
  'pool.apply(taskModule(…))': () => pool.apply(any(tasks)),
  'pool.map(items, task)': () => pool.map(any([1]), any((x: number) => x)),
  'an export called then': () => pool.apply({ module: 'file:///tasks.js', name: 'then' }),
  "taskModule('./tasks.js')": () => taskModule('./tasks.js'),
  'new Pool({ initializer: 5 })': () => new Pool({ initializer: any(5) }),
  'pool.map(Math.sqrt, [1])': () => pool.map(Math.sqrt, [1]),
  'a bound function': () => pool.apply(outer.scale.bind(outer)),
  'a class': () => pool.apply(any(class Shape {})),
  'a generator function': () => pool.apply(function* numbers() { yield 1; }),
  'a Proxy of a function': () => pool.apply(new Proxy(() => 1, {})),
  'an arrow function that uses the arguments around it': () => {
    const make = source('function () { return () => arguments[0]; }') as () => () => unknown;
    return pool.apply(make());
  },
  'a getter': () => pool.apply(any(Object.getOwnPropertyDescriptor({ get size() { return 1; } }, 'size')!.get)),
  'a method that uses super': () => pool.apply(source('{ show() { return super.show(); } }.show')),
  'a source that uses a variable around it': () => pool.map((x: number) => x + here, [1]),
  'a source that uses this': () => pool.apply({ scale(this: { base: number }) { return this.base; } }.scale as never),
  'a source that imports a file': () => pool.apply(source("async () => import('./tasks.js')")),
  'a source that imports a package': () => pool.apply(source("async () => import('no-such-package')")),
  ...Object.fromEntries(
    FROM_TOOLS.map((name) => [`a source with ${name} in it`, () => pool.apply(source(`() => ${name}()`))]),
  ),
  'a module that is not there': () => pool.apply(beside('nowhere.js')),
  'a module that is there as TypeScript': () => pool.apply(beside('constants.js')),
  'a module that no Node.js loads': () => pool.apply(beside('view.tsx')),
  'an export that is not there': () => pool.apply(missing),
  'an export that is a class': () => pool.apply(Shape),
  'an export of a module without functions': () => pool.apply(constants.f),
  'an export of an empty module': () => pool.apply(empty.f),
  'task.throwIfAborted()': async () => {
    const queue = new Queue<string>();
    const abort = new AbortController();
    const call = pool.apply(tasks.tellAbort, [queue], { signal: abort.signal }).catch(() => undefined);
    // A task that no thread has begun is never run once its call is over: it has to say that it runs.
    await queue.getAsync();
    abort.abort();
    await call;
    return new DOMException(await queue.getAsync(), 'AbortError');
  },

  'move(5)': () => move(any(5)),
  'toShared({})': () => toShared(any({})),
  'fromShared({})': () => fromShared({}),
  'fromShared() of no memory': () => fromShared({ 'granule.shareable': 'Lock', data: undefined }),
  'fromShared() of a handle that holds itself': () => {
    const handle: Record<string, unknown> = { 'granule.shareable': 'Lock' };
    handle.data = [handle];
    return fromShared(handle);
  },
  'fromShared() of another version': () => fromShared(toShared({ [SHARE]: () => ({ type: 'Gadget', data: null }) })),
  'a proxy of another version': () => reviveCarried('Gadget', {}),

  'a function in an argument': () => pool.apply(identity, [{ done: () => 1 }]),
  'a named function in a result': () => pool.apply(() => ({ handler: function onEnd() {} })),
  'a symbol': () => pool.map(identity, [Symbol('id')]),
  'a Proxy': () => pool.apply(identity, [{ settings: new Proxy({}, {}) }]),
  'a promise': () => pool.map(identity, [{ size: Promise.resolve(1) }]),
  'arguments': () => pool.apply(identity, [(source('function () { return arguments; }'))()]),
  'a WeakMap': () => pool.apply(identity, [new WeakMap()]),
  'a URL': () => pool.apply(identity, [new URL('https://example.com')]),
  'a URLSearchParams': () => pool.apply(identity, [new URLSearchParams('a=1')]),
  'an iterator': () => pool.apply(identity, [new Map([[1, new Map().keys()]])]),
  'a generator': () => pool.apply(identity, [new Set([(function* () { yield 1; })()])]),
  'an AbortSignal': () => pool.apply(identity, [new AbortController().signal]),
  'a server': () => pool.apply(identity, [createServer()]),
  'a pool': () => pool.apply(identity, [pool]),
  'a manager': async () => {
    await using manager = await Manager.start();
    return await pool.apply(identity, [manager]).catch((error: unknown) => error);
  },
  'a port without move()': () => pool.apply(identity, [new MessageChannel().port1]),
  'memory that was moved before': () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return pool.apply(identity, [{ bytes }]);
  },
  'items that were moved before': () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return pool.map(any(identity), bytes);
  },
  'a list that is linked too long': () => {
    let list: unknown;
    for (let i = 0; i < 100_000; i++) list = [list];
    return pool.apply(identity, [list]);
  },
  'a getter that throws': () =>
    pool.apply(identity, [{ get size() { throw new RangeError('no size yet'); } }]),
  'a getter that takes the memory of another argument away': () => {
    const bytes = new Uint8Array(100_000);
    const taker = {
      get size() {
        return structuredClone(bytes, { transfer: [bytes.buffer] }).length;
      },
    };
    return pool.apply(any(() => 1), [bytes, taker]);
  },
  'a getter that makes a call itself': async () => {
    let inner: Promise<unknown> = Promise.resolve();
    const call = (): void => {
      inner = pool.apply(identity, [{ x: 1 }]).catch((error: unknown) => error);
    };
    await pool.apply(identity, [{ get size() { return call(); } }]);
    return inner;
  },
  'something moved, in the args of a map': () => pool.map(identity, [1], { args: [move(new Uint8Array(8))] }),
  'something moved, in initargs': () => new Pool({ initializer: identity, initargs: [move(new Uint8Array(8))] }),
  'the end of a pipe, in the args of a map': () => pool.map(identity, [1], { args: [Pipe()[0]] }),
  'the end of a pipe, in initargs': () => new Pool({ initializer: identity, initargs: Pipe() }),
  'the end of a pipe, twice in a call': () => {
    const [end] = Pipe();
    return pool.map(identity as never, [end, end]);
  },
  'the end of a pipe that was closed': () => {
    const [end] = Pipe();
    end.close();
    return pool.apply(identity, [end]);
  },
  'the end of a pipe that has moved': async () => {
    const [end] = Pipe();
    await pool.apply(() => 1, [end] as never);
    return await pool.apply(identity, [end]);
  },
  'the end of a pipe that is being read': () => {
    const [end] = Pipe();
    end.recvAsync({ timeout: 50 }).catch(() => undefined);
    return pool.apply(identity, [end]);
  },
  'a port that was transferred before': () => {
    const { port1 } = new MessageChannel();
    structuredClone(port1, { transfer: [port1 as never] });
    return pool.apply(identity, [move(port1)]);
  },
  'the same, inline': () => {
    const { port1 } = new MessageChannel();
    structuredClone(port1, { transfer: [port1 as never] });
    return new Pool({ execution: 'inline' }).apply(identity, [move(port1)]);
  },
  'a task that throws a function': () => pool.apply(tasks.throwFunction),
});
