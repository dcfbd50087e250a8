import { types } from 'node:util';

/**
 * What a value is made of, as text that is equal for two values if and only if structured clone could not tell them
 * apart: every object once, numbered in the order of the walk, with its kind, keys in order, holes, -0 and NaN. Of
 * any realm: structured clones made under Jest are of another.
 */
export function graphOf(root: unknown): string {
  const numbers = new Map<object, number>();
  const lines: string[] = [];
  const waiting: object[] = [];
  const name = (value: unknown): string => {
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (Object.is(value, -0)) return '-0';
    if (typeof value !== 'object' || value === null) return String(value);
    let number = numbers.get(value);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(value, number);
      waiting.push(value);
    }
    return `#${number}`;
  };
  const top = name(root);
  for (let at = 0; at < waiting.length; at++) lines.push(`#${at} ${describe(waiting[at], name)}`);
  return [top, ...lines].join('\n');
}

function describe(object: object, name: (value: unknown) => string): string {
  const kind = Object.prototype.toString.call(object).slice(8, -1);
  if (types.isMap(object)) return `${kind} ${[...object].map(([key, value]) => `${name(key)}=>${name(value)}`).join()}`;
  if (types.isSet(object)) return `${kind} ${[...object].map(name).join()}`;
  if (types.isDate(object)) return `${kind} ${object.getTime()}`;
  if (types.isRegExp(object)) return `${kind} ${String(object)} ${object.lastIndex}`;
  if (types.isBoxedPrimitive(object)) return `${kind} ${name(object.valueOf())}`;
  if (types.isNativeError(object)) {
    const own = ['message', 'stack', 'cause'].filter((key) => Object.hasOwn(object, key));
    return `${kind} ${object.name} ${own.map((key) => `${key}:${name(Reflect.get(object, key))}`).join()}`;
  }
  if (types.isArrayBuffer(object)) return `${kind} ${bytesOf(object)} ${String(Reflect.get(object, 'maxByteLength'))}`;
  if (ArrayBuffer.isView(object)) return `${kind} ${object.byteOffset} ${object.byteLength} ${name(object.buffer)}`;
  const keys = Object.keys(object).map((key) => `${JSON.stringify(key)}:${name(Reflect.get(object, key))}`);
  return `${kind} ${Array.isArray(object) ? object.length : ''} ${keys.join()}`;
}

function bytesOf(buffer: ArrayBuffer): string {
  return Buffer.from(buffer).toString('hex');
}
