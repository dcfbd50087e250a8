import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { cellOf, PYTHON } from './cells.js';
import { CLAIMS } from './claims.js';
import { LIBRARIES } from './libraries/all.js';
import { recorded } from './record.js';
import { manifestOf } from './scenarios/manifest.js';
import { pagesOf } from './tables.js';

const found = recorded();

describe('granule does what its column in the comparison says', () => {
  test.each(CLAIMS)('$id: $claim', async (claim) => {
    const { cell } = await cellOf('granule', claim);
    expect(cell).toBe(found.cells[claim.id].granule.cell);
  });
});

describe('the comparison', () => {
  test.each(pagesOf(found))('%s shows what was found last', (page, text) => {
    expect(readFileSync(page, 'utf8')).toBe(text);
  });

  test('has a cell for every claim and every library', () => {
    const libraries = [...Object.keys(LIBRARIES), PYTHON];
    expect(Object.keys(found.cells)).toEqual(CLAIMS.map(({ id }) => id));
    for (const cells of Object.values(found.cells)) expect(Object.keys(cells)).toEqual(libraries);
  });

  test('was made with the versions that are installed', () => {
    const { multiprocessing: _, ...packages } = found.versions;
    const installed = Object.keys(packages).map((name) => [name, manifestOf(name).version]);
    expect(packages).toEqual(Object.fromEntries(installed));
  });
});
