/**
 * The classes of Node and of the language whose instances have more to them than their own properties. V8's
 * serializer does not refuse all of those that it cannot keep: it makes an empty object of a URL or a Blob.
 */
import process from 'node:process';

export interface BuiltIn {
  /** By a message. */
  readonly crosses: 'cloned' | 'moved' | 'never';
  readonly remedy?: string;
}

/** The built-in class that an object is an instance of, directly or by a subclass. */
export function findBuiltIn(object: object): BuiltIn | undefined {
  for (let at = parentOf(object); at !== null; at = parentOf(at)) {
    for (const { isHome, builtIn } of byName.get(nameOf(at)) ?? []) if (isHome(at)) return builtIn;
  }
  return undefined;
}

/** Whether a prototype is the built-in's own, and no user's of the same name. Only asked of prototypes of that name. */
type IsHome = (prototype: object) => boolean;

const byName = new Map<string, { readonly isHome: IsHome; readonly builtIn: BuiltIn }[]>();

function add(names: readonly string[], homeOf: (name: string) => IsHome, builtIn: BuiltIn): void {
  for (const name of names) byName.set(name, [...(byName.get(name) ?? []), { isHome: homeOf(name), builtIn }]);
}

const cloned: BuiltIn = { crosses: 'cloned' };
add(['Blob'], inModule('node:buffer'), cloned);
add(['BlockList', 'SocketAddress'], inModule('node:net'), cloned);
add(['KeyObject', 'X509Certificate'], inModule('node:crypto'), cloned);
add(['CryptoKey'], inGlobal(), cloned);
add(['Histogram'], () => isHistogram, cloned);
add(['Module'], inGlobal('WebAssembly'), cloned);

const moved: BuiltIn = { crosses: 'moved', remedy: 'wrap it in move()' };
add(['MessagePort'], inModule('node:worker_threads'), moved);
add(['ReadableStream', 'WritableStream', 'TransformStream'], inModule('node:stream/web'), moved);
add(['FileHandle'], () => isEmitter, moved);
add(['AbortSignal'], inGlobal(), {
  crosses: 'moved',
  remedy: "pass it as `signal` in the call's options; the task reads currentTask().aborted",
});

const inside: BuiltIn = { crosses: 'never', remedy: 'create it inside the task instead' };
for (const home of ['Intl', 'WebAssembly']) {
  const names = Object.getOwnPropertyNames(Reflect.get(globalThis, home) ?? {});
  add(
    names.filter((name) => name !== 'Module'),
    inGlobal(home),
    inside,
  );
}
add(['TextEncoder', 'TextDecoder', 'BroadcastChannel', 'Event'], inGlobal(), inside);

const iterators = ['Array', 'String', 'RegExp String', 'Segmenter String'].map((of) => `${of} Iterator`);
add([...iterators, 'Iterator Helper', 'Wrap For Valid Iterator'], () => isNative, {
  crosses: 'never',
  remedy: 'send [...iterator]',
});
add(['WeakRef', 'FinalizationRegistry'], () => isNative, { crosses: 'never' });

for (const [name, remedy] of Object.entries({
  URL: 'send url.href',
  URLSearchParams: 'send String(params)',
  Headers: 'send [...headers]',
  FormData: 'send [...form]',
  Request: 'send its url, and its body as an ArrayBuffer',
  Response: 'send await response.arrayBuffer()',
  AbortController: "pass its signal in the call's options; the task reads currentTask().aborted",
})) {
  add([name], inGlobal(), { crosses: 'never', remedy });
}

/** The name of the class that a prototype belongs to. */
function nameOf(prototype: object): string {
  const made = ownValue(prototype, 'constructor');
  return typeof made === 'function' ? made.name : String(ownValue(prototype, Symbol.toStringTag));
}

function inModule(id: string): (name: string) => IsHome {
  return (name) => (prototype) => prototype === prototypeIn(process.getBuiltinModule(id), name);
}

/** A global of Node's costs to load what stands behind it, so it is looked up only when an object has its name. */
function inGlobal(home?: string): (name: string) => IsHome {
  return (name) => (prototype) => {
    const place: unknown = home === undefined ? globalThis : Reflect.get(globalThis, home);
    return prototype === prototypeIn(place, name) || isNative(prototype);
  };
}

function prototypeIn(place: unknown, name: string): unknown {
  const type = (place as Record<string, { readonly prototype?: unknown } | undefined> | undefined)?.[name];
  return type?.prototype;
}

/** Node gives no class for it, only instances. */
function isHistogram(prototype: object): boolean {
  const { createHistogram } = process.getBuiltinModule('node:perf_hooks');
  return Object.prototype.isPrototypeOf.call(prototype, createHistogram());
}

/** Node gives no class for file handles either, and opening a file for the sake of one is too much. */
function isEmitter(prototype: object): boolean {
  return typeof (prototype as { emit?: unknown }).emit === 'function';
}

/** Whether a prototype is the engine's own, of this realm or another. Iterators' have no constructor. */
export function isNative(prototype: object): boolean {
  const made = ownValue(prototype, 'constructor') ?? ownValue(prototype, 'next');
  return typeof made === 'function' && Function.prototype.toString.call(made).endsWith('{ [native code] }');
}

function ownValue(object: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function parentOf(object: object): object | null {
  return Object.getPrototypeOf(object) as object | null;
}
