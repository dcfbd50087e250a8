/** The task of word-count.js. */
import { readFile } from 'node:fs/promises';

export async function countWords(path) {
  const text = await readFile(path, 'utf8');
  const counts = new Map();
  for (const [word] of text.toLowerCase().matchAll(/\p{L}[\p{L}\p{M}\p{N}'’-]*/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}
