/** Nothing refers to anything in it, and it crosses to a thread as it is. Symbols do not. */
export type Primitive = string | number | bigint | boolean | null | undefined;

/** Cannot be changed, and is equal to its copy. */
export function isPrimitive(value: unknown): value is Primitive {
  const type = typeof value;
  return value === null || (type !== 'object' && type !== 'function' && type !== 'symbol');
}
