/** What the threads of service.js run. */
import { currentTask, move } from 'granule';

/** How many primes lie below `limit`, by trial division. Stops when its call was aborted. */
export function countPrimes(limit) {
  const task = currentTask();
  let count = 0;
  for (let n = 2; n < limit; n++) {
    if (n % 1024 === 0 && task?.aborted) break;
    if (isPrime(n)) count++;
  }
  return count;
}

function isPrime(n) {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}

/** A grey image of half the width and height: each pixel the mean of four. */
export function halve(pixels, width) {
  const columns = width >> 1;
  const rows = Math.floor(pixels.length / width) >> 1;
  const small = new Uint8Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = 2 * (y * width + x);
      small[y * columns + x] = (pixels[at] + pixels[at + 1] + pixels[at + width] + pixels[at + width + 1] + 2) >> 2;
    }
  }
  return move(small);
}

/** Words of a text, how many of them differ, and the most frequent. */
export function countWords(text) {
  const counts = new Map();
  let words = 0;
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    words++;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const top = [...counts].sort(([, a], [, b]) => b - a).slice(0, 5);
  return { words, distinct: counts.size, top };
}
