/**
 * Work of a known length: that many steps of a linear congruential generator (Numerical Recipes), none skippable.
 * The state is an int32 from its start: begun as the argument itself, it becomes a double, four times as slow, wherever
 * the compiler inlines this into a loop over a Float64Array.
 */
export function spin(steps: number): number {
  let state = steps | 0;
  for (let i = 0; i < steps; i++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return state;
}

export const spinAll = (items: readonly number[]): number[] => items.map(spin);

/** `count` items, one in a hundred of which costs a hundred times the rest, spread as a fixed seed says. */
export function skewedItems(count: number, steps: number): number[] {
  const items = new Array<number>(count).fill(steps);
  const order = items.map((_, index) => index);
  let state = 20_261_120;
  for (let left = count; left > count - count / 100; left--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const pick = Math.floor((state / 2 ** 32) * left);
    items[order[pick]] = 100 * steps;
    order[pick] = order[left - 1]!;
  }
  return items;
}
