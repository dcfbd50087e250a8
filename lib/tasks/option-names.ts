/**
 * Options by their names. One that is spelled wrong would be missed without a word: a wait of `{ timout: 500 }`, for
 * ever. Names that are like none of the options are let be: programs hand around objects that hold more.
 */
import { optionsOf } from './own-options.js';
import { broken } from './show.js';

/** The options of these names, each read once. TypeError unless `options` is an object such as `example`. */
export function readOptions<T extends object, K extends keyof T & string>(
  options: T | undefined,
  example: string,
  ...names: readonly K[]
): Partial<Pick<T, K>> {
  if (options === undefined) return {};
  if (!areOptions(options)) {
    throw new TypeError(broken('options', `an object such as ${example}`, options));
  }
  for (const name of Object.keys(options)) {
    if ((names as readonly string[]).includes(name)) continue;
    const meant = nameLike(name, names);
    if (meant !== undefined) throw new TypeError(`There is no option \`${name}\`: did you mean \`${meant}\`?`);
  }
  return optionsOf(options, ...names);
}

/** Not a list: its elements are nobody's options, and there may be millions of them. */
export function areOptions(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** Which of the known names it probably was meant to be: the same but for case and underscores, or one letter off. */
export function nameLike<K extends string>(name: string, known: readonly K[]): K | undefined {
  const plain = plainName(name);
  return (
    known.find((candidate) => candidate.toLowerCase() === plain) ??
    known.find((candidate) => candidate.length > 4 && oneEditApart(candidate.toLowerCase(), plain))
  );
}

export function plainName(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

/** One letter inserted, left out, replaced, or swapped with its neighbour (Damerau, 1964). */
function oneEditApart(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  let same = 0;
  const most = Math.min(left.length, right.length) - start;
  while (same < most && left[left.length - 1 - same] === right[right.length - 1 - same]) same++;
  const a = left.slice(start, left.length - same);
  const b = right.slice(start, right.length - same);
  return (a.length <= 1 && b.length <= 1) || (a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0]);
}
