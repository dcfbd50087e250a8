/** The soak, for as long as CI can wait: every part has its turns, from a fixed seed. */
import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Folder } from '../package/folder.js';
import { parts } from './soak/parts.js';
import type { SoakReport } from './soak/soak.js';

const main = fileURLToPath(new URL('soak/main.js', import.meta.url));
const SECONDS = 6; // a part, for its turns; a turn lasts longer where what it has begun does

/** GRANULE_SOAK=seed goes another way. */
const seed = process.env['GRANULE_SOAK'] ?? '20261120';

test(`a short soak of every part breaks no promise, GRANULE_SOAK=${seed}`, async () => {
  await using folder = await Folder.create();
  const json = join(folder.path, 'figures.json');
  const minutes = String((parts.length * SECONDS) / 60);
  const { code, stderr } = await folder.node(
    ['--expose-gc', main, '--minutes', minutes, '--seed', seed, '--json', json],
    process.cwd(),
  );
  expect([stderr, code]).toEqual(['', 0]);
  const { counts, violation } = JSON.parse(await readFile(json, 'utf8')) as SoakReport;
  expect(violation).toBeUndefined();
  for (const { name } of parts) expect([name, counts[`turns: ${name}`]]).toEqual([name, expect.any(Number)]);
  expect(counts['deaths']).toBeGreaterThan(10);
});
