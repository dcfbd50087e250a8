import { backToBack } from '../harness/instruments.js';
import type { Run } from '../harness/instruments.js';
import { reasonOf } from '../harness/rounds.js';
import { Unavailable } from '../harness/suite.js';
import type { Subject } from '../harness/suite.js';
import { THREADS } from './threads.js';

type Multithreading = typeof import('multithreading');

/** Loaded only where it takes part: importing it replaces `console`, and throws on Node 20. */
export function multithreading(name: string, prepare: (library: Multithreading) => Run, units?: number): Subject {
  return {
    name,
    async open() {
      let library: Multithreading;
      try {
        library = await import('multithreading');
      } catch (error) {
        throw new Unavailable(`does not load on Node ${process.version} (${reasonOf(error)})`);
      }
      library.initRuntime({ maxWorkers: THREADS });
      return backToBack({ run: prepare(library), close: async () => library.shutdown() }, units);
    },
  };
}
