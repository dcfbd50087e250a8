import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectFile } from '../harness/project.js';
import { Unavailable } from '../harness/suite.js';
import type { Subject } from '../harness/suite.js';
import { answeringProgram } from './program.js';

/** pi.c with OpenMP, compiled on the spot: the same kernel by a C compiler. */
export function openmp(name: string, threads: number, samples: number, seed: number): Subject {
  return {
    name,
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'granule-openmp-'));
      const program = join(folder, 'pi');
      const remove = () => rmSync(folder, { recursive: true, force: true });
      try {
        const source = fileURLToPath(projectFile('perf/peers/pi.c'));
        const flags = ['-O3', '-march=native', '-ffp-contract=off', '-fopenmp'];
        execFileSync('cc', [...flags, source, '-o', program], { stdio: 'pipe' });
      } catch (error) {
        remove();
        const { code } = error as NodeJS.ErrnoException;
        throw new Unavailable(code === 'ENOENT' ? 'no C compiler (cc) here' : 'cc does not compile OpenMP here');
      }
      const opened = answeringProgram(program, [threads, samples, seed].map(String), samples);
      return { ...opened, close: () => opened.close().finally(remove) };
    },
  };
}
