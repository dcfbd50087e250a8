/** All that granule lets a program call, construct or set, found by walking what it exports, and what that gives. */
import * as granule from 'granule';
import { Manager, Pipe, Pool, RWLock, Semaphore } from 'granule';

/** Static methods between the files of a room; their docstrings say so, and no documentation has them. */
const INTERNAL = ['SharedMemory.over', 'SharedMemory.arrive', 'ShareableList.arrive'];

/** Names as Entry has them. */
export async function surface(): Promise<string[]> {
  const exported = Object.entries(granule).flatMap(([name, value]) =>
    typeof value === 'function' ? namesOf(name, value) : [],
  );
  return [...exported, ...(await given())].filter((name) => !INTERNAL.includes(name));
}

/** Classes of which a program gets objects that it does not construct. */
async function given(): Promise<string[]> {
  await using manager = await Manager.start();
  await using pool = new Pool({ execution: 'inline' });
  const [end, other] = Pipe();
  end.close();
  other.close();
  const objects: Record<string, object> = {
    Connection: end,
    ImapIterator: pool.imap((x: number) => x, [1]) as object,
    Side: new RWLock().read,
    Hold: new Semaphore().hold(),
    DictProxy: await manager.dict(),
    ListProxy: await manager.list(),
    NamespaceProxy: await manager.namespace(),
  };
  return Object.entries(objects).flatMap(([name, object]) => {
    const prototype = Object.getPrototypeOf(object) as object;
    const base = Object.getPrototypeOf(prototype) as object;
    return [...members(name, prototype), ...(name.endsWith('Proxy') ? members(name, base) : [])];
  });
}

function namesOf(name: string, value: Function): string[] {
  if (!/^class\b/.test(Function.prototype.toString.call(value))) return [name];
  const own = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(([key]) => key !== 'prototype');
  const statics = own.filter(([, { value: member }]) => typeof member === 'function').map(([key]) => `${name}.${key}`);
  return [`new ${name}`, ...statics, ...members(name, value.prototype as object)];
}

function members(name: string, prototype: object): string[] {
  const found: string[] = [];
  for (const key of Reflect.ownKeys(prototype)) {
    const shown = typeof key === 'symbol' ? spoken(key) : key;
    if (shown === undefined || shown === 'constructor') continue;
    const { value, set } = Object.getOwnPropertyDescriptor(prototype, key)!;
    if (typeof value === 'function') found.push(`${name}#${shown}`);
    if (set !== undefined) found.push(`${name}#${shown} =`);
  }
  return found;
}

/** A symbol that the language calls by: '[iterator]'. Others are granule's own, and Node's inspect. */
function spoken(key: symbol): string | undefined {
  const [, name] = /^(?:Symbol|nodejs)\.(\w+)$/.exec(key.description ?? '') ?? [];
  return name && `[${name}]`;
}

/** The key that a name ends with. */
export function keyOf(member: string): string | symbol {
  const [, name] = /^\[(\w+)\]$/.exec(member) ?? [];
  return name === undefined ? member : (Symbol as unknown as Record<string, symbol>)[name];
}
