import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';

const interrupt = new URL('../../../dist/lib/cli/interrupt.js', import.meta.url).href;

/** What a process says that hears signals as the command does, and how it ends. */
function hearing(code: string): Promise<{ code: unknown; signal: unknown; stdout: string }> {
  const lines = [
    `import { listenToSignals, onInterrupt } from '${interrupt}';`,
    'const press = () => process.kill(process.pid, "SIGINT");',
    'const say = (word) => () => console.log(word);',
    // A signal that has come is heard before what setImmediate() calls, and not before a timer that is due.
    'const turn = () => new Promise((resolve) => setTimeout(() => setImmediate(resolve), 50));',
    'listenToSignals();',
    code,
    'await turn();',
    'console.log("through");',
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', lines.join('\n')], (error, stdout) => {
      resolve({ code: error?.code ?? 0, signal: error?.signal ?? null, stdout });
    });
  });
}

describe('A SIGINT', () => {
  test('that came before there was something else to do does it all the same', async () => {
    const stdout = 'printed\nthrough\n';
    expect(await hearing('press(); onInterrupt(say("printed"));')).toEqual({ code: 0, signal: null, stdout });
  });

  test('ends the command with 130 at the second time', async () => {
    const twice = 'onInterrupt(say("printed")); press(); await turn(); press();';
    expect(await hearing(twice)).toEqual({ code: 130, signal: null, stdout: 'printed\n' });
  });

  test('ends the command with 130 once there is nothing else to do, also if it came before that', async () => {
    const late = 'const it = onInterrupt(say("printed")); press(); it[Symbol.dispose]();';
    expect(await hearing(late)).toEqual({ code: 130, signal: null, stdout: '' });
  });
});
