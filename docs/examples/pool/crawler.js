/**
 * Saves the pages of a site to files, following its links, eight pages at a time.
 *
 *     node docs/examples/pool/crawler.js http://localhost:8000/ pages
 *     node docs/examples/pool/crawler.js http://localhost:8000/ pages 20      no more than 20 pages
 *
 * Tasks fetch, save, and find the links of a page; the program knows which pages it has seen, and asks for those that
 * are new, a level of the site at a time. A page that cannot be had is reported, and the others are saved.
 */
import { mkdir } from 'node:fs/promises';
import { Pool, taskModule } from 'granule';

const { savePage } = taskModule(new URL('./crawler.tasks.js', import.meta.url));

const [start, folder, most = '100'] = process.argv.slice(2);
if (folder === undefined || !URL.canParse(start)) {
  console.error('usage: node crawler.js URL folder [pages]');
  process.exit(2);
}

await mkdir(folder, { recursive: true });
const pool = new Pool(8); // tasks that wait for the network: more of them than cores
const first = new URL(start).href;
const seen = new Set([first]);
let level = [first];
let saved = 0;

while (level.length > 0) {
  const outcomes = await pool.mapSettled(savePage, level, { args: [folder], chunksize: 1 });
  const next = [];
  for (const [i, { status, value: page, reason }] of outcomes.entries()) {
    if (status === 'rejected') {
      console.error(`${level[i]}: ${reason.message}`);
      process.exitCode = 1;
      continue;
    }
    saved++;
    console.log(`${level[i]} → ${page.file}, ${page.bytes} bytes`);
    for (const link of page.links) {
      if (seen.has(link) || seen.size >= Number(most)) continue;
      seen.add(link);
      next.push(link);
    }
  }
  level = next;
}
console.log(`${saved} pages`);
await pool.terminate();
