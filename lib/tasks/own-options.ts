/**
 * Options as they were given, without what they inherit from Object.prototype.
 *
 * Where a bug of the program lets strangers put a property there (prototype pollution), every object has it that has no
 * such property of its own. Read plainly, an `initializer` in there names a module for a pool's threads to load, and
 * an `env` one that they load by its NODE_OPTIONS. So granule reads options by optionOf(), and hands Node, which reads
 * plainly, bare() ones. What options inherit from anything else, a class or an object of defaults, is theirs.
 */
import { isObjectPrototype } from './plain-object.js';

/** The value of an option, read once; `undefined` is as good as absent. */
export function optionOf<T extends object, K extends keyof T>(options: T, name: K): T[K] | undefined {
  const value = options[name];
  return value === undefined || Object.hasOwn(options, name) || !isStray(options, name) ? value : undefined;
}

/** The values of these options. */
export function optionsOf<T extends object, K extends keyof T>(
  options: T | undefined,
  ...names: readonly K[]
): Partial<Pick<T, K>> {
  const values = bare<Partial<Pick<T, K>>>({});
  if (options !== undefined) for (const name of names) values[name] = optionOf(options, name);
  return values;
}

/** These properties, and no others. */
export function bare<T extends object>(properties: T): T {
  return Object.assign(Object.create(null) as T, properties);
}

/** Object.prototype has the property, and nobody before it. It may be nowhere: a Proxy gives what it likes. */
function isStray(options: object, name: PropertyKey): boolean {
  for (let at: object | null = options; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.hasOwn(at, name)) return isObjectPrototype(at);
  }
  return false;
}
