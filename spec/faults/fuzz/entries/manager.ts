import type { Manager } from 'granule';
import { any, ENDLESS, place, type Entry } from '../entry.js';
import type { Place } from '../recipe.js';
import type { Stage } from '../stage.js';

const initial: Place = { kinds: ['undefined', 'pairs', 'object', 'map'], not: ENDLESS };
const key = place('text', '7', 'object', 'own __proto__');
const value = place('text', '7', 'object', 'a Lock');
const index = place('0', '1', '-1');
const account = new URL('../../../fixtures/manager/account.js', import.meta.url);
void account;

const manager = (stage: Stage): object => stage.manager;
const dict = (stage: Stage): object => stage.dict;
const list = (stage: Stage): object => stage.items;
const namespace = (stage: Stage): object => stage.namespace;

/** What the object itself says comes from the manager's thread. */
const says = /^Expected|^planned|no export|Invalid string length|Cannot find module|is not a constructor/;

function proxied(name: string, on: (stage: Stage) => object, methods: Record<string, readonly Place[]>): Entry[] {
  const each = Object.entries(methods).map(([method, args]) => ({
    name: `${name}#${method}`,
    args,
    on,
    says,
    weight: 2,
  }));
  return [...each, { name: `${name}#[dispose]`, args: [any], on: (stage: Stage) => stage.released, weight: 1 }];
}

export const managers: readonly Entry[] = [
  { name: 'new Manager', args: [any, any], weight: 1 },
  // It takes nothing, and starts a thread.
  { name: 'Manager.start', args: [any], weight: 1, after: (made) => (made as Manager).shutdown() },
  { name: 'Manager#dict', args: [initial], on: manager, says },
  { name: 'Manager#list', args: [initial], on: manager, says },
  { name: 'Manager#namespace', args: [initial], on: manager, says },
  {
    name: 'Manager#create',
    args: [place('a URL of the file system', 'a path'), place('a class', 'constructor as text', '__proto__text'), any],
    on: manager,
    says,
  },
  { name: 'Manager#shutdown', args: [any], on: (stage) => stage.closedManager, weight: 1 },
  { name: 'Manager#[asyncDispose]', args: [any], on: (stage) => stage.closedManager, weight: 1 },
  ...proxied('DictProxy', dict, {
    get: [key],
    set: [key, value],
    has: [key],
    delete: [key],
    clear: [any],
    size: [any],
    keys: [any],
    values: [any],
    entries: [any],
    update: [initial],
    pop: [key, value],
    setDefault: [key, value],
    increment: [key, place('1')],
  }),
  ...proxied('ListProxy', list, {
    at: [index],
    set: [index, value],
    push: [value, value],
    pop: [index],
    insert: [index, value],
    remove: [value],
    indexOf: [value],
    length: [any],
    slice: [index, index],
    reverse: [any],
    sort: [any],
    clear: [any],
  }),
  ...proxied('NamespaceProxy', namespace, { get: [key], set: [key, value], delete: [key], toObject: [any] }),
];
