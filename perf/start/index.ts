import assert from 'node:assert/strict';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Lock, Process, taskModule, type ProcessOptions } from 'granule';
import { timeAtMost } from '../harness/claims.js';
import { backToBack } from '../harness/instruments.js';
import { projectFile } from '../harness/project.js';
import { compare } from '../harness/rounds.js';
import type { Row, Subject, Suite } from '../harness/suite.js';
import { answeringProgram } from '../peers/program.js';

const tasks = taskModule<typeof import('./nothing.js')>(new URL('./nothing.js', import.meta.url));

const process = (name: string, options: ProcessOptions): Subject => ({
  name,
  async open() {
    return backToBack({
      run: async () => {
        const started = new Process(options);
        started.start();
        await started.join();
        assert.equal(started.exitcode, 0);
      },
    });
  },
});

const bareWorker: Subject = {
  name: 'bare Worker',
  async open() {
    const file = fileURLToPath(new URL('./bare.js', import.meta.url));
    return backToBack({ run: () => once(new Worker(file), 'exit') });
  },
};

const python = (name: string, method: 'spawn' | 'fork'): Subject => ({
  name,
  async open() {
    return answeringProgram('python3', [fileURLToPath(projectFile('perf/peers/processes.py')), method], 1);
  },
});

const nothing: Row = {
  id: 'nothing',
  work: 'start a process that does nothing, and see it end',
  measure: (pace) =>
    compare(
      {
        per: 'process',
        subjects: [
          process('granule', { target: tasks.nothing }),
          process('granule, by source', { target: () => undefined }),
          process('granule, with a Lock', { target: tasks.nothing, args: [new Lock()] as never }),
          bareWorker,
          python('CPython, spawn', 'spawn'),
          python('CPython, fork', 'fork'),
        ],
        rules: [
          timeAtMost(1.3, 'granule', 'bare Worker'),
          timeAtMost(1.3, 'granule, by source', 'bare Worker'),
          timeAtMost(1, 'granule', 'CPython, spawn'),
        ],
      },
      pace,
    ),
};

export const start: Suite = {
  name: 'start',
  about: 'What it costs to start and end a process, against a bare Worker and CPython',
  rows: [nothing],
};
