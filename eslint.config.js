import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// The rooms of lib/ by floor, lowest first: a room imports what lies below it, never what stands above or beside it.
const floors = [
  ['errors'],
  ['tasks'],
  ['sync'],
  ['memory'],
  ['channels'],
  ['pool', 'process', 'manager'],
  ['report'],
  ['lab'],
  ['cli'],
];

const from = (target) => String.raw`^(#lib|\.{1,2}(/\.\.)*)(/lib)?/${target}`;
const surface = {
  regex: `${from(String.raw`index\.js$`)}|^granule$`,
  message: 'lib/index.ts is for users: import the file that defines the name.',
};
const doorTo = (room, why) => ({ regex: from(String.raw`${room}(/|\.js$)`), message: why });

const roomRules = floors.flatMap((rooms, floor) =>
  rooms.map((room) => {
    const closed = [...rooms.filter((other) => other !== room), ...floors.slice(floor + 1).flat()];
    const doors = closed.map((other) => doorTo(other, `${room} does not know ${other} (eslint.config.js, floors).`));
    return {
      files: [`lib/${room}.ts`, `lib/${room}/**/*.ts`],
      rules: { 'no-restricted-imports': ['error', { patterns: [surface, ...doors] }] },
    };
  }),
);

// Classes of which Jest's VM, and any other realm, has copies of its own.
const copied = [
  String.raw`Array|ArrayBuffer|SharedArrayBuffer|DataView|(Big)?(Int|Uint|Float)\d+(Clamped)?Array`,
  'Map|Set|Date|RegExp|Promise|((Type|Range|Syntax|Reference|Aggregate)?Error)',
].join('|');

const houseSyntax = [
  { selector: 'TSEnumDeclaration', message: 'A union of literals or a constant object, no enum.' },
  { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
];

export default defineConfig(
  // view.tsx is there for what Node.js says of it; nobody compiles it.
  { ignores: ['dist/', 'build/', 'docs/api/', 'node_modules/', 'spec/fixtures/tasks/view.tsx'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-len': ['error', { code: 120, ignoreUrls: true }],
      'no-restricted-syntax': ['error', ...houseSyntax],
      '@typescript-eslint/no-explicit-any': ['error', { ignoreRestArgs: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Tasks are functions of any kind, methods of built-in classes are taken for .call(), reflection answers any.
      '@typescript-eslint/no-unsafe-function-type': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // An async function without await turns what it throws into a rejection: often the point.
      '@typescript-eslint/require-await': 'off',
      // What a task throws and what an AbortSignal carries is the user's: it is passed on as it is.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowThrowingAny: true }],
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingUnknown: true, allowThrowingAny: true },
      ],
    },
  },
  {
    files: ['lib/**/*.ts', 'workers/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-imports': ['error', { patterns: [surface] }],
      'no-restricted-properties': [
        'error',
        ...['wait', 'waitAsync', 'notify'].map((property) => ({
          object: 'Atomics',
          property,
          message: 'Only lib/sync/futex.ts waits and wakes: deadlines, spurious wake-ups and abort live there.',
        })),
      ],
      'no-restricted-syntax': [
        'error',
        ...houseSyntax,
        {
          selector: `BinaryExpression[operator='instanceof'][right.name=/^(${copied})$/]`,
          message: 'False for a value of another realm: Array.isArray, ArrayBuffer.isView, types of node:util.',
        },
      ],
    },
  },
  roomRules,
  { files: ['lib/sync/futex.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['lib/cli/**/*.ts'], // the program itself: it writes to the terminal, and lives in one realm
    rules: { 'no-console': 'off', 'no-restricted-syntax': ['error', ...houseSyntax] },
  },
  {
    // The types of tasks infer arguments from any function, the shareables' from any class: unknown would refuse most.
    files: [
      'lib/tasks/{reference,shareable,carry}.ts',
      'lib/pool/pool.ts',
      'lib/process/{process,options}.ts',
    ],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
  {
    // The codec's walks end by throwing what no user sees: a verdict, made an error where the walk began.
    files: ['lib/tasks/codec/*.ts', 'lib/channels/messages.ts'],
    rules: { '@typescript-eslint/only-throw-error': 'off' },
  },
  {
    // Where source becomes code: a task sent as source, and the loop generated around each task.
    files: ['lib/tasks/evaluate.ts', 'lib/pool/task-loop.ts'],
    rules: { '@typescript-eslint/no-implied-eval': 'off' },
  },
  {
    // A worker file of piscina, and of the peers, is a default export.
    files: ['workers/*.ts', 'perf/peers/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...houseSyntax.filter(({ selector }) => selector.startsWith('TS'))] },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'URL', 'fetch', 'AbortController', 'Buffer'].map((name) => [name, 'readonly']),
      ),
    },
    rules: { 'no-restricted-syntax': 'off' },
  },
);
