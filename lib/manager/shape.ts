import type { BuiltIn, Shape } from './protocol.js';

/** What a proxy of `object` is to show: the methods and properties of it and of its classes, by string keys. */
export function shapeOf(kind: BuiltIn | 'class', object: object): Shape {
  const methods = new Set<string>();
  const properties = new Set<string>();
  for (let at: object | null = object; at !== null && at !== rootOf(at); at = parentOf(at)) {
    for (const [key, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (methods.has(key) || properties.has(key) || isHidden(key)) continue;
      if (typeof value === 'function') methods.add(key);
      else if (at === object || get !== undefined) properties.add(key);
    }
  }
  const { constructor } = object as { constructor?: { readonly name?: unknown } };
  const name = typeof constructor?.name === 'string' && constructor.name !== '' ? constructor.name : 'Object';
  return { kind, name: kind === 'class' ? name : kind, methods: [...methods], properties: [...properties] };
}

/**
 * `then` would make a promise of the proxy, which nobody could await; the elements of a class that extends Array are
 * data, not members.
 */
function isHidden(key: string): boolean {
  return key === 'constructor' || key === 'then' || /^\d/.test(key);
}

function parentOf(object: object): object | null {
  return Object.getPrototypeOf(object) as object | null;
}

/** Object.prototype, of whichever realm: what has no parent and is nobody's own class. */
function rootOf(object: object): object | undefined {
  return parentOf(object) === null && Object.hasOwn(object, 'hasOwnProperty') ? object : undefined;
}
