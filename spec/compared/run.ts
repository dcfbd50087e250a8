/**
 * The comparison's command: npm run compare -- [claim…] [--library name] [--record]
 *
 * Prints what each library does, a claim at a time; with --record, for all of them, writes the record and the tables
 * that are made of it.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs, promisify } from 'node:util';
import { cellOf, claimOf, PYTHON } from './cells.js';
import { CLAIMS } from './claims.js';
import { LIBRARIES } from './libraries/all.js';
import type { Cell } from './library.js';
import { RECORD, recorded } from './record.js';
import { manifestOf } from './scenarios/manifest.js';
import { pagesOf } from './tables.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    library: { type: 'string', multiple: true },
    record: { type: 'boolean' },
    tables: { type: 'boolean' },
  },
});
const everyone = [...Object.keys(LIBRARIES), PYTHON];

async function versionOf(library: string): Promise<string> {
  if (library === PYTHON) return (await cellOf(PYTHON, { id: 'version', claim: '', check: '' })).cell;
  const { version } = manifestOf(library);
  if (library === 'granule') return version;
  const { stdout } = await promisify(execFile)('npm', ['view', library, 'version']);
  if (stdout.trim() === version) return version;
  throw new Error(`${library} ${version} is installed, ${stdout.trim()} is the newest: install that first`);
}

async function run(libraries: readonly string[], claims: typeof CLAIMS) {
  const cells: Record<string, Record<string, Cell>> = {};
  for (const { id, ...claim } of claims) {
    console.log(`${id}: ${claim.claim}`);
    cells[id] = {};
    for (const library of libraries) {
      const { cell, detail } = (cells[id][library] = await cellOf(library, { id, ...claim }));
      console.log(`  ${library}: ${cell}${detail === undefined ? '' : ` (${detail})`}`);
    }
  }
  return cells;
}

if (values.tables !== true) {
  const claims = positionals.length === 0 ? CLAIMS : positionals.map(claimOf);
  const cells = await run(values.library ?? everyone, claims);
  if (values.record === true) {
    const versions: Record<string, string> = {};
    for (const library of everyone) versions[library] = await versionOf(library);
    const before = positionals.length === 0 && values.library === undefined ? {} : recorded().cells;
    const merged = CLAIMS.map(({ id }) => [id, { ...before[id], ...cells[id] }] as const);
    const found = {
      date: new Date().toISOString().slice(0, 10),
      node: process.version.slice(1),
      versions,
      cells: Object.fromEntries(merged),
    };
    writeFileSync(RECORD, `${JSON.stringify(found, null, 2)}\n`);
  }
}
if (values.record === true || values.tables === true) {
  for (const [page, text] of pagesOf(recorded())) writeFileSync(page, text);
}
