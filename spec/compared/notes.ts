/** What a cell does not say: how a library was used, and what is so by design. By claim, then library. */
export const NOTES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  lazy: { multiprocessing: '`buffersize` is to come with CPython 3.16' },
  'sees-abort': { workerpool: '`addAbortListener`, which a blocked thread cannot hear' },
  'abort-loop': {
    multithreading: '`abort()` rejects the promise; the thread goes on',
    poolifier: 'the thread is asked to stop, which a loop cannot hear',
    multiprocessing: 'only the whole pool: `terminate()`',
  },
  'limit-loop': { multiprocessing: '`get(timeout)` ends the waiting, not the task' },
  timer: { multiprocessing: 'an error in a thread of a process is printed, and the task goes on' },
  exit: { multiprocessing: '`concurrent.futures` rejects, with all other calls, and its pool is over' },
  memory: { multiprocessing: 'under `resource.setrlimit()`' },
  others: {
    poolifier: 'without `enableTasksQueue`, its default; with it, which the other rows use, nearly all',
    multithreading: 'it has no queue: what is called goes to a thread at once',
  },
  broken: { multiprocessing: 'as an `initializer` that raises' },
  close: {
    tinypool: '`destroy()` is the only end it has',
    workerpool: 'and rejects what waits, as documented',
    poolifier: 'in some runs it ends the program: `Worker message … received from unknown worker`',
    multithreading: '`shutdown()` is the only end it has',
  },
  queue: { poolifier: 'it tells by an event, and takes more' },
  concurrent: { granule: 'by design: what a thread does belongs to one item' },
  elastic: { granule: 'by design: `threads` is how many there are' },
};
