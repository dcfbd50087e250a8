/**
 * How a hostile value is made. A recipe is plain data: a failing input prints, shrinks and can be tried again, where
 * the value itself (a revoked proxy, say) could be neither shown nor made a second time.
 */
import * as fc from 'fast-check';
import { hostile } from './hostile-kinds.js';
import { ordinary } from './ordinary-kinds.js';
import { proper } from './proper-kinds.js';
import { holders } from './holder-kinds.js';

/** The name of a kind; a holder's name with what it holds; or options, each with its recipe, in a bag of some make. */
export type Recipe = string | readonly [holder: string, part: Recipe] | Options;

export interface Options {
  readonly make: Make;
  readonly options: readonly (readonly [name: string, value: Recipe])[];
}

const kinds: Readonly<Record<string, () => unknown>> = { ...ordinary, ...hostile, ...proper };

/** What options may come in. */
const makes = {
  literal: (entries) => Object.fromEntries(entries),
  frozen: (entries) => Object.freeze(Object.fromEntries(entries)),
  'without prototype': (entries) => Object.assign(Object.create(null) as object, Object.fromEntries(entries)),
  inherited: (entries) => Object.create(Object.fromEntries(entries)) as object,
  getters: (entries) => {
    const bag = {};
    for (const [name, value] of entries) Object.defineProperty(bag, name, { get: () => value, enumerable: true });
    return bag;
  },
  'getters that answer once': (entries) => {
    const bag = {};
    for (const [name, value] of entries) {
      let asked = 0;
      Object.defineProperty(bag, name, { get: () => (asked++ === 0 ? value : Symbol(name)), enumerable: true });
    }
    return bag;
  },
  instance: (entries) => Object.assign(new (class Settings {})(), Object.fromEntries(entries)),
  proxy: (entries) => new Proxy(Object.fromEntries(entries), {}),
} satisfies Record<string, (entries: [string, unknown][]) => object>;
type Make = keyof typeof makes;

/** The value that a recipe says, made anew at each call. */
export function make(recipe: Recipe): unknown {
  if (typeof recipe === 'string') return kinds[recipe]();
  if ('options' in recipe) return makes[recipe.make](recipe.options.map(([name, value]) => [name, make(value)]));
  return holders[recipe[0]](make(recipe[1]));
}

/** Whether the recipe has that kind, or an option of that name, anywhere. */
export function mentions(recipe: Recipe, isMeant: (kindOrName: string) => boolean): boolean {
  if (typeof recipe === 'string') return isMeant(recipe);
  if ('options' in recipe) return recipe.options.some(([name, value]) => isMeant(name) || mentions(value, isMeant));
  return mentions(recipe[1], isMeant);
}

/** Any value at all: ordinary, hostile, or one of them inside of something. */
export const anything: fc.Arbitrary<Recipe> = fc.letrec<{ value: Recipe }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 4, arbitrary: fc.constantFrom(...Object.keys(ordinary)) },
    { weight: 5, arbitrary: fc.constantFrom(...Object.keys(hostile)) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(holders)), tie('value')) },
  ),
})).value;

/** What an argument, or an option, is meant to be. */
export interface Place {
  /** Kinds that are right here, or nearly so. */
  readonly kinds: readonly string[];
  /** Kinds that must not come here: those that would be right, and make the call wait or take for ever. */
  readonly not?: readonly string[];
  /** Nothing else may come here: nearly all would be right, and wait for ever. */
  readonly only?: boolean;
  /** The argument is a bag of these. */
  readonly options?: Readonly<Record<string, Place>>;
  /** What is in the bag each time. */
  readonly always?: readonly Options['options'][number][];
}

/** What comes to a place: now what belongs there, now anything. */
export function valueAt({ kinds: right, not = [], only = false, options, always = [] }: Place): fc.Arbitrary<Recipe> {
  const unfit = new Set(not);
  const wrong = not.length === 0 ? anything : anything.filter((recipe) => !mentions(recipe, (kind) => unfit.has(kind)));
  const choices: fc.WeightedArbitrary<Recipe>[] = only ? [] : [{ weight: 2, arbitrary: wrong }];
  if (right.length > 0) choices.push({ weight: 3, arbitrary: fc.constantFrom(...right) });
  if (options !== undefined) choices.push({ weight: 4, arbitrary: bagOf(options, always) });
  return fc.oneof(...choices);
}

function bagOf(options: Readonly<Record<string, Place>>, always: Options['options']): fc.Arbitrary<Recipe> {
  const names = Object.keys(options);
  const each = names.map((name) => fc.tuple(fc.constant(name), valueAt(options[name])));
  const stray = fc.tuple(fc.constantFrom('__proto__', 'constructor', 'then', 'timeOut', 'own'), anything);
  return fc.record({
    make: fc.constantFrom(...(Object.keys(makes) as Make[])),
    options: fc
      .uniqueArray(fc.oneof({ weight: names.length, arbitrary: fc.oneof(...each) }, { weight: 1, arbitrary: stray }), {
        maxLength: 3,
        selector: ([name]) => name,
      })
      .map((chosen) => [...always, ...chosen.filter(([name]) => always.every(([other]) => other !== name))]),
  });
}
