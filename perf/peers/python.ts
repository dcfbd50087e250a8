import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { projectFile } from '../harness/project.js';
import { Unavailable } from '../harness/suite.js';
import type { Subject } from '../harness/suite.js';
import { answeringProgram } from './program.js';
import { THREADS } from './threads.js';

/** The works that pool.py knows. */
export type PythonWork =
  | ({ readonly work: 'squares'; readonly items: number } & PythonMap)
  | ({ readonly work: 'spins'; readonly items: number; readonly steps: number } & PythonMap)
  | { readonly work: 'pi'; readonly samples: number }
  | { readonly work: 'numpy_pi'; readonly samples: number };

interface PythonMap {
  readonly chunksize?: number;
  /** Default: 'pool', which is there before. 'new pool': one is started and ended for each call. */
  readonly by?: 'pool' | 'new pool' | 'loop';
}

/** The works that locks.py knows. */
export type PythonLocking =
  | { readonly work: 'pairs' | 'contended'; readonly of: 'threading' | 'multiprocessing'; readonly rounds: number }
  | { readonly work: 'value' | 'event' | 'barrier'; readonly rounds: number };

/** CPython's multiprocessing.Pool, in a Python of its own. */
export function python(name: string, work: PythonWork, units = 1): Subject {
  return {
    name,
    async open() {
      if (work.work === 'numpy_pi') requireNumpy();
      const script = fileURLToPath(projectFile('perf/peers/pool.py'));
      return answeringProgram('python3', [script, String(THREADS), JSON.stringify(work)], units);
    },
  };
}

function requireNumpy(): void {
  try {
    execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Unavailable(code === 'ENOENT' ? 'no python3 here' : 'python3 has no numpy here');
  }
}

/** CPython's locks, events and barriers, in a Python of its own. */
export function pythonLocking(name: string, work: PythonLocking, units = 1): Subject {
  return {
    name,
    async open() {
      const script = fileURLToPath(projectFile('perf/peers/locks.py'));
      return answeringProgram('python3', [script, JSON.stringify(work)], units);
    },
  };
}

/** The works that queues.py knows. */
export interface PythonQueue {
  readonly work: 'integers' | 'bytes';
  readonly count: number;
}

/** CPython's multiprocessing.Queue, between two processes. */
export function pythonQueue(name: string, work: PythonQueue, units: number): Subject {
  return {
    name,
    async open() {
      const script = fileURLToPath(projectFile('perf/peers/queues.py'));
      return answeringProgram('python3', [script, JSON.stringify(work)], units);
    },
  };
}

/** CPython's multiprocessing.Pipe, between two processes: `rounds` numbers there and back a call. */
export function pythonPipe(name: string, work: { readonly rounds: number }, units: number): Subject {
  return {
    name,
    async open() {
      const script = fileURLToPath(projectFile('perf/peers/pipes.py'));
      return answeringProgram('python3', [script, JSON.stringify(work)], units);
    },
  };
}

/** CPython's multiprocessing.Manager: `rounds` sets of a dict's key a call. */
export function pythonManager(name: string, work: { readonly rounds: number }, units: number): Subject {
  return {
    name,
    async open() {
      const script = fileURLToPath(projectFile('perf/peers/managers.py'));
      return answeringProgram('python3', [script, JSON.stringify(work)], units);
    },
  };
}
