import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Folder, type Outcome } from '../package/folder.js';
import { example, lines } from './example.js';

let folder: Folder;

beforeAll(async () => {
  folder = await Folder.create();
});
afterAll(() => folder[Symbol.asyncDispose]());

const run = (name: string, ...args: string[]): Promise<Outcome> => example(folder, `process/${name}`, args);

describe('bank-account.js', () => {
  test('ends at 0 under a lock and with add(), after 100 000 deposits and as many withdrawals', async () => {
    const outcome = await run('bank-account.js', '100000');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const [unguarded, ...guarded] = lines(outcome);
    expect(unguarded).toMatch(/^without a lock: -?\d+$/); // anything: updates may be lost
    expect(guarded).toEqual(['under a lock: 0', 'by add(): 0']);
  });
});

describe('squares.js', () => {
  test('squares every number once, whichever consumer takes it', async () => {
    const outcome = await run('squares.js', '300', '3');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const squared = lines(outcome).slice(0, -1);
    for (const line of squared) expect(line).toMatch(/^consumer [123]: \d+² = \d+$/);
    const numbers = Array.from({ length: 300 }, (_, i) => i + 1);
    const inOrder = squared.map((line) => line.replace(/^.*: /, '')).sort((a, b) => parseInt(a) - parseInt(b));
    expect(inOrder).toEqual(numbers.map((n) => `${n}² = ${n * n}`));
    expect(lines(outcome).at(-1)).toBe('sum: 9045050');
  });
});
