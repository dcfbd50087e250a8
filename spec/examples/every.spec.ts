import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const home = 'docs/examples';
const programs = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /^(pool|process|service)[\\/][^.]*\.js$/.test(path),
);

test('there are examples', () => {
  expect(programs.length).toBeGreaterThan(5);
});

describe.each(programs)('%s', (path) => {
  const name = path.slice(dirname(path).length + 1);

  test('is run by a spec', () => {
    const spec = readFileSync(join('spec', 'examples', `${dirname(path)}.spec.ts`), 'utf8');
    expect(spec).toContain(`describe('${name}'`);
  });

  test('has a line in the README, with how to run it', () => {
    const readme = readFileSync(join(home, 'README.md'), 'utf8');
    const shown = `${dirname(path)}/${name}`;
    expect(readme).toContain(`| [${name}](${shown}) | \`node docs/examples/${shown}`);
  });
});
