/** How far counts are from what chance would make them, in standard deviations of a normal distribution. */

/** Pearson's χ² of counts that should all be alike, as a z score (Wilson and Hilferty, 1931). */
export function evenness(counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i];
  const expected = total / counts.length;
  let chiSquare = 0;
  for (let i = 0; i < counts.length; i++) chiSquare += (counts[i] - expected) ** 2 / expected;
  return chiSquareScore(chiSquare, counts.length - 1);
}

export function chiSquareScore(chiSquare: number, degrees: number): number {
  const variance = 2 / (9 * degrees);
  return (Math.cbrt(chiSquare / degrees) - (1 - variance)) / Math.sqrt(variance);
}

/** Pearson's correlation of two samples of uniform numbers, as a z score: √n · r. */
export function correlation(left: ArrayLike<number>, right: ArrayLike<number>): number {
  const n = left.length;
  let [sumLeft, sumRight, squaresLeft, squaresRight, products] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const x = left[i];
    const y = right[i];
    sumLeft += x;
    sumRight += y;
    squaresLeft += x * x;
    squaresRight += y * y;
    products += x * y;
  }
  const covariance = products - (sumLeft * sumRight) / n;
  const spread = Math.sqrt((squaresLeft - sumLeft ** 2 / n) * (squaresRight - sumRight ** 2 / n));
  return (Math.sqrt(n) * covariance) / spread;
}
