/**
 * Counts the words of files, a file a task.
 *
 *     node docs/examples/pool/word-count.js README.md docs/guide/*.md
 *
 * Files are read as threads get free, and counts come back in the order of the files. A file that cannot be read is
 * reported, and the others are counted.
 */
import { Pool, taskModule } from 'granule';

const { countWords } = taskModule(new URL('./word-count.tasks.js', import.meta.url));

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error('usage: node word-count.js file…');
  process.exit(2);
}

const pool = new Pool();
const totals = new Map();

const results = pool.imap(countWords, paths, { chunksize: 1 });
for (const path of paths) {
  try {
    const { value: counts } = await results.next();
    let words = 0;
    for (const [word, count] of counts) {
      totals.set(word, (totals.get(word) ?? 0) + count);
      words += count;
    }
    console.log(`${String(words).padStart(8)}  ${path}`);
  } catch (error) {
    console.error(`${path}: ${error.message}`);
    process.exitCode = 1;
  }
}

const top = [...totals].sort(([, left], [, right]) => right - left).slice(0, 5);
console.log(`most frequent: ${top.map(([word, count]) => `${word} (${count})`).join(', ')}`);
