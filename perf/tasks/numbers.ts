export const square = (x: number): number => x * x;

/** For peers without chunks of their own: one call a hand-made chunk. */
export function squares(items: readonly number[]): number[] {
  const results = new Array<number>(items.length);
  for (let i = 0; i < items.length; i++) results[i] = square(items[i]);
  return results;
}

export function squareInPlace(start: number, stop: number, values: Float64Array): void {
  for (let i = start; i < stop; i++) values[i] = square(values[i]);
}

/** For peers whose tasks take one argument. */
export function squarePart({ start, stop, values }: { start: number; stop: number; values: Float64Array }): void {
  squareInPlace(start, stop, values);
}

export function nothing(): void {}
