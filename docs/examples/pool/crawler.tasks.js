/** The task of crawler.js. */
import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Fetches a page and saves it in a folder. Its links are those that stay on its site, without their anchors. */
export async function savePage(url, folder) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  const html = await response.text();

  const { pathname, search } = new URL(url);
  const file = encodeURIComponent(pathname.slice(1) + search) || 'index';
  await writeFile(join(folder, `${file}.html`), html);

  const links = new Set();
  for (const [, link] of html.matchAll(/<a\s[^>]*?href="([^"]*)"/gi)) {
    if (!URL.canParse(link, response.url)) continue;
    const { origin, pathname, search } = new URL(link, response.url);
    if (origin === new URL(url).origin) links.add(origin + pathname + search);
  }
  return { file: `${file}.html`, bytes: Buffer.byteLength(html), links: [...links] };
}
