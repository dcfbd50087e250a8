import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { run } from '../package/folder.js';

const program = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/manager/programs/${name}.js`, import.meta.url));

describe('a program', () => {
  test('that has an idle manager ends by itself, and the manager with it', async () => {
    const outcome = await run(process.execPath, [program('life')], '.');
    expect(outcome).toEqual({ code: 0, stdout: 'last line\n', stderr: '' });
  });

  test('lives until a call under way is answered', async () => {
    const outcome = await run(process.execPath, [program('life'), 'pending'], '.');
    expect(outcome).toEqual({ code: 0, stdout: 'last line\nlater\n', stderr: '' });
  });

  test('whose manager cannot start is told', async () => {
    const preload = new URL('../fixtures/faults/preload-exits.js', import.meta.url).href;
    const { code, stdout } = await run(process.execPath, ['--import', preload, program('start')], '.');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ERR_GRANULE_MANAGER_CLOSED: Manager\.start was not answered: .* \(exit code \d+\)\n$/);
  });
});

test('an object lives while any proxy of it does, in any thread, and no longer', async () => {
  const { code, stdout, stderr } = await run(process.execPath, ['--expose-gc', program('leaks')], '.');
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual({
    dropped: 0,
    duringCall: 1,
    answered: 'later',
    afterCall: 0,
    released: 0,
    heldElsewhere: 1,
    afterItsThread: 0,
    afterDict: 0,
  });
});
