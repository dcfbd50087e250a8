import type { Cell, Library } from './library.js';
import {
  callersStack,
  errorClass,
  errorProperties,
  sharedMemory,
  uncloneableArgument,
  uncloneableResult,
} from './scenarios/crossing.js';
import { brokenModule, dies, losesOthers, terminatedFromOutside } from './scenarios/deaths.js';
import { closesWithWork, idles } from './scenarios/ending.js';
import { boundedQueue, concurrentTasks, manyCalls } from './scenarios/load.js';
import { browsers, dependencies } from './scenarios/manifest.js';
import { abortsEndlessLoop, limitCountsFrom, limitsEndlessLoop, thousandAborts } from './scenarios/stopping.js';

export interface Claim {
  readonly id: string;
  /** The head of its row. */
  readonly claim: string;
  /** How it is checked: a sentence for docs/design/compared.md. */
  readonly check: string;
  /** Whether a chooser wants it in the README. */
  readonly readme?: boolean;
  /** For every library that has no way of its own; without it, such a library has a dash. */
  readonly scenario?: (library: Library) => Promise<Cell>;
  /** The process is left alone, and has ten seconds to end. */
  readonly leftAlone?: boolean;
}

export const CLAIMS: readonly Claim[] = [
  {
    id: 'map',
    claim: '`map` in chunks',
    check: 'A map of 1000 numbers gives the right results in order, with fewer messages to threads than items.',
    readme: true,
  },
  {
    id: 'chunk-size',
    claim: 'chunk size from measured times',
    check: 'Items of 5 ms come in chunks of less than a quarter of the size that items of next to nothing come in.',
    readme: true,
  },
  {
    id: 'lazy',
    claim: 'lazy `imap` with a bounded window',
    check: 'Of an endless source ten results are taken; a moment later no more of its items are read.',
    readme: true,
  },
  {
    id: 'typed-arrays',
    claim: 'typed arrays mapped over shared memory',
    check: 'A map of a shared `Float64Array` gives another one. By hand: a task squares a shared array in place.',
    readme: true,
    scenario: sharedMemory,
  },
  {
    id: 'inline',
    claim: 'functions without a worker file',
    check: 'A function written at the call runs in a thread.',
    readme: true,
  },
  {
    id: 'error-class',
    claim: 'an error keeps its built-in class',
    check: 'A task throws a `RangeError`; what the caller catches is an `instanceof RangeError`.',
    readme: true,
    scenario: errorClass,
  },
  {
    id: 'error-properties',
    claim: '… and its own properties',
    check: 'The error had `code` and a nested object; both arrive. Flat: only `code` does.',
    readme: true,
    scenario: errorProperties,
  },
  {
    id: 'error-stack',
    claim: '… and shows who called',
    check: 'The stack of the error names the async function that awaits the call.',
    scenario: callersStack,
  },
  {
    id: 'sees-abort',
    claim: 'a task can see that it was aborted',
    check: 'A running task is aborted, and says in shared memory that it has noticed.',
    readme: true,
  },
  {
    id: 'abort-loop',
    claim: 'an endless loop is aborted',
    check: 'A task that does `for (;;);` is aborted; afterwards two tasks run at the same time.',
    readme: true,
    scenario: abortsEndlessLoop,
  },
  {
    id: 'limit-loop',
    claim: 'an endless loop under a time limit',
    check: "The same under the library's own time limit, or `AbortSignal.timeout()`.",
    scenario: limitsEndlessLoop,
  },
  {
    id: 'limit-from',
    claim: 'a time limit for a task counts from …',
    check: 'A task of no length waits behind another, for longer than its own limit; then it is answered, or not.',
    scenario: limitCountsFrom,
  },
  {
    id: 'many-aborts',
    claim: '1 000 calls aborted at once',
    check: 'On two threads, each call with a signal of its own; afterwards two tasks run at the same time.',
    scenario: thousandAborts,
  },
  {
    id: 'exit',
    claim: '`process.exit()` in a task',
    check: 'How the call settles; afterwards two tasks run at the same time, or the pool is a thread short.',
    readme: true,
    scenario: dies('exits'),
  },
  {
    id: 'others',
    claim: '… how many of 100 waiting calls are lost',
    check: 'One call ends its thread while 100 others wait; how many of those are not answered.',
    readme: true,
    scenario: losesOthers,
  },
  {
    id: 'timer',
    claim: 'an uncaught error in a timer of a task',
    check: 'As above; the task itself would never settle.',
    readme: true,
    scenario: dies('throwsInTimer'),
  },
  {
    id: 'memory',
    claim: 'out of memory under `resourceLimits`',
    check: 'As above, with a heap of 32 MB filled with small objects.',
    readme: true,
    scenario: dies('hoards', { heapMb: 32 }),
  },
  {
    id: 'terminated',
    claim: 'a thread ended from outside',
    check: '`worker.terminate()` on the one thread of a pool, under a task; afterwards another task runs.',
    scenario: terminatedFromOutside,
  },
  {
    id: 'broken',
    claim: 'a task module that does not load',
    check: 'The module throws as it is evaluated. 20 calls at once, then one more.',
    readme: true,
    scenario: brokenModule,
  },
  {
    id: 'argument',
    claim: 'an argument that cannot be cloned',
    check: 'A function in an array in an object; how the call settles, and whether two tasks run at once afterwards.',
    scenario: uncloneableArgument,
  },
  {
    id: 'result',
    claim: 'a result that cannot be cloned',
    check: 'The same as a result.',
    scenario: uncloneableResult,
  },
  {
    id: 'close',
    claim: 'an orderly end with work under way',
    check: 'Two tasks run, of 0.2 and 1.5 s, and four wait, when the pool is asked to end in order.',
    readme: true,
    scenario: closesWithWork,
  },
  {
    id: 'idle',
    claim: 'an idle pool lets the program end',
    check: 'The program runs one task and does nothing more; it has ten seconds to end.',
    readme: true,
    scenario: idles,
    leftAlone: true,
  },
  {
    id: 'many',
    claim: '70 000 calls at once: answered',
    check: 'All in one turn of the event loop, on two threads; within a minute.',
    scenario: manyCalls,
  },
  {
    id: 'queue',
    claim: 'a bounded queue: one call too many',
    check: 'One thread is busy, two may wait, six are called.',
    scenario: boundedQueue,
  },
  {
    id: 'locks',
    claim: 'locks, conditions, barriers, queues between threads',
    check: 'Two tasks add 2000 each to a plain counter under a lock: 4000.',
    readme: true,
  },
  {
    id: 'dead-owner',
    claim: 'a lock whose owner died',
    check: 'A task ends its thread while it holds a lock; another asks for it.',
    readme: true,
  },
  {
    id: 'concurrent',
    claim: 'several async tasks in a thread at once',
    check: 'Two async tasks wait for each other in the only thread.',
    readme: true,
    scenario: concurrentTasks,
  },
  {
    id: 'elastic',
    claim: 'grows and shrinks with the load',
    check: 'A pool of one to two threads: threads before, under and after three tasks.',
    readme: true,
  },
  {
    id: 'priorities',
    claim: 'priorities',
    check: 'Two tasks of low priority wait, then one of high; it runs first.',
    readme: true,
  },
  {
    id: 'processes',
    claim: 'child processes instead of threads',
    check: 'A task gives a `process.pid` that is not the caller’s.',
    readme: true,
  },
  {
    id: 'browsers',
    claim: 'a build for browsers',
    check: 'By its `package.json`: an entry for `browser`. Not run here.',
    readme: true,
    scenario: browsers,
  },
  {
    id: 'dependencies',
    claim: 'dependencies at run time',
    check: 'By its `package.json`.',
    readme: true,
    scenario: dependencies,
  },
];
