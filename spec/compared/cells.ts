import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CLAIMS, type Claim } from './claims.js';
import type { Cell } from './library.js';

export const PYTHON = 'multiprocessing';

const LIMIT_MS = 90_000;
const LEFT_ALONE_MS = 10_000;
const child = fileURLToPath(new URL('./child.js', import.meta.url));

/** Runs one scenario of one library in a process of its own, which it may end, flood or hang. */
export function cellOf(library: string, { id, leftAlone }: Claim): Promise<Cell> {
  const [command, ...args] =
    library === PYTHON ? ['python3', 'spec/compared/python.py', id] : [process.execPath, child, library, id];
  return new Promise((resolve, reject) => {
    const started = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = (): void => {
      try {
        process.kill(-started.pid!, 'SIGKILL'); // with all processes of its own
      } catch {
        // It has ended.
      }
    };
    let timer = setTimeout(end, LIMIT_MS);
    let said = '';
    let complaint = '';
    started.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (leftAlone !== true || !said.includes('\nCELL ')) return;
      clearTimeout(timer);
      timer = setTimeout(end, LEFT_ALONE_MS);
    });
    started.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(0, 20_000)));
    started.on('error', reject);
    started.on('close', (code, signal) => {
      clearTimeout(timer);
      end();
      const line = /^CELL (.*)$/m.exec(said)?.[1];
      if (line === undefined) {
        if (signal !== null) resolve({ cell: 'hangs' });
        else resolve({ cell: 'ends the program', detail: /^\w*Error.*$/m.exec(complaint)?.[0] ?? `exit code ${code}` });
      } else if (leftAlone === true && signal !== null) resolve({ cell: 'no' });
      else resolve(JSON.parse(line) as Cell);
    });
  });
}

export const claimOf = (id: string): Claim => {
  const claim = CLAIMS.find((candidate) => candidate.id === id);
  if (claim !== undefined) return claim;
  throw new Error(`There is no claim '${id}'. There are: ${CLAIMS.map((each) => each.id).join(', ')}`);
};
