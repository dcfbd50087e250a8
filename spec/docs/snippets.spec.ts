import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Folder, type Outcome } from '../package/folder.js';
import { asExpected, programsOf, type Program } from './snippets.js';
import { TABLE } from './tables.js';

// The programs of the page about bundlers are what spec/package/bundle.spec.ts bundles; the one about the command
// `granule tune` shows what spec/cli/tune.spec.ts runs.
const elsewhere = ['bundlers.md', 'tune.md'];
const guide = readdirSync('docs/guide').filter((page) => !elsewhere.includes(page));
const pages = ['README.md', ...guide.map((page) => `docs/guide/${page}`)];
const programs = pages.flatMap(programsOf);

const tsconfig = {
  compilerOptions: {
    target: 'ES2022',
    lib: ['ES2023', 'ESNext.Disposable'],
    module: 'NodeNext',
    strict: true,
    typeRoots: [resolve('node_modules/@types')],
    types: ['node'],
  },
  include: ['**/*.ts'],
};

let folder: Folder;
let compiled: Outcome;

/** Each program has a folder of its own, with the files that it uses. */
const homeOf = ({ place }: Program): string => place.replace(':', '/');

beforeAll(async () => {
  folder = await Folder.create();
  for (const name of ['granule', 'piscina', 'tsx']) await folder.link(name);
  await folder.write([
    ['package.json', '{ "type": "module" }'],
    ['tsconfig.json', JSON.stringify(tsconfig)],
    ...programs.flatMap((program) =>
      [program, ...program.files].map(({ name, code }) => [`${homeOf(program)}/${name}`, code] as const),
    ),
  ]);
  compiled = await folder.node([resolve('node_modules/typescript/bin/tsc'), '-p', '.']);
});
afterAll(() => folder[Symbol.asyncDispose]());

test('what the pages show in TypeScript compiles under strict rules', () => {
  expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
});

describe.each(pages)('%s', (page) => {
  const ofPage = programs.filter(({ place }) => place.startsWith(page));

  test('shows programs', () => {
    expect(ofPage).not.toEqual([]);
  });

  test.each(ofPage)('$place prints what it says', async (program) => {
    const file = program.name.replace(/ts$/, 'js');
    const { code, stdout, stderr } = await folder.node([file], join(folder.path, homeOf(program)));
    const printed = stdout.split('\n').slice(0, -1);
    expect({ code, stderr, printed: asExpected(printed, program.prints) }).toEqual({
      code: 0,
      stderr: program.name === TABLE ? expect.any(String) : '', // tables show uncaught errors as well
      printed: program.prints,
    });
  });
});
