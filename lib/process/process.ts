import { inspect, type InspectOptions } from 'node:util';
import { GranuleError } from '../errors.js';
import { deadline } from '../sync/wait-options.js';
import { currentProcess } from '../tasks/current-process.js';
import type { Runnable } from '../tasks/evaluate.js';
import { loadTask } from '../tasks/load.js';
import { resolveTask, type ResolvedTask } from '../tasks/spec.js';
import type { Child, Outcome, Signal } from './child.js';
import { family, nextLineage } from './children.js';
import { launch } from './launch.js';
import { checkDaemon, checkOptions, type ProcessOptions } from './options.js';
import { REVIVE } from './revive.js';

/** What a process is made of in its own thread. */
class Revived {
  readonly target: Runnable | undefined;
  readonly args: readonly unknown[];
  constructor(target: Runnable | undefined, args: readonly unknown[]) {
    this.target = target;
    this.args = args;
  }
}

/** 'here': it is the process that this thread runs. */
type State = 'new' | 'running' | 'ended' | 'closed' | 'here';

/**
 * One task in a thread of its own. Python: multiprocessing.Process.
 *
 *     const process = new Process({ target: square, args: [7] });
 *     process.start();
 *     await process.join();
 *
 * To subclass, export the class, override run() and say where it lives: `static readonly module =
 * import.meta.url`. In the thread the object is made again: own fields travel as arguments do, `name`, `pid`
 * and `daemon` are there in run(), methods come from the module; the constructor does not run again. Private
 * fields (#x) do not travel. A class that its module does not export is the process's `error`.
 *
 * The thread ends when its function has returned and nothing is pending in it: a timer or a socket of its own
 * keeps it, as it keeps a program.
 */
export class Process<A extends readonly any[] = any[]> {
  /** The file: URL of the module that exports the subclass: import.meta.url there. */
  static readonly module?: string;

  readonly #task: ResolvedTask | undefined;
  readonly #target: unknown;
  readonly #args: readonly unknown[];
  readonly #name: string;
  readonly #lineage: string;
  #daemon: boolean;
  #state: State = 'new';
  #child: Child | undefined;
  #outcome: Outcome | undefined;
  #end: () => void = () => undefined;
  readonly #sentinel = new Promise<void>((resolve) => (this.#end = resolve));

  /** @throws TypeError for options that no process can have, and for a target that cannot be sent */
  constructor(options: ProcessOptions<A> = {}) {
    if (options instanceof Revived) {
      this.#target = options.target;
      this.#args = options.args;
      this.#lineage = '';
      this.#state = 'here';
      ({ name: this.#name, daemon: this.#daemon } = currentProcess());
      return;
    }
    const { target, name, daemon, args } = checkOptions(options);
    this.#task = target === undefined ? undefined : resolveTask(target, 'target');
    this.#target = target;
    this.#args = args;
    this.#daemon = daemon;
    this.#lineage = nextLineage();
    this.#name = name ?? `${this.constructor.name || 'Process'}-${this.#lineage}`;
  }

  /** @internal */
  static [REVIVE](target: Runnable | undefined, args: readonly unknown[]): Process {
    return Reflect.construct(Process, [new Revived(target, args)], this) as Process;
  }

  /**
   * What the process runs: its target with its args. Subclasses override it. To call it yourself runs it on the
   * calling thread.
   */
  run(): unknown {
    this.#open();
    if (typeof this.#target === 'function') return (this.#target as Runnable)(...this.#args);
    return this.#task && loadTask(this.#task.spec).then((target) => target(...this.#args));
  }

  /**
   * Starts the thread. What cannot be sent to it is found here; what goes wrong in it, a module that does not
   * load among it, is its `error`.
   *
   * @throws GranuleError if it was started before, or while the module that a process is to run is being loaded
   * @throws SerializationError for an argument, or a field of a subclass, that cannot cross, by its path
   * @throws TypeError for a subclass that does not say where it lives
   */
  start(): void {
    if (this.#state !== 'new') {
      this.#open();
      throw new GranuleError(`Process ${this.#name} was started before: a process runs once, make another`);
    }
    const child = launch({
      name: this.#name,
      daemon: this.#daemon,
      lineage: this.#lineage,
      task: this.#task,
      args: this.#args,
      instance: this.run === Process.prototype.run ? undefined : this,
      from: this.start,
    });
    this.#child = child;
    this.#state = 'running';
    family.children.add(this);
    void child.ended.then((outcome) => {
      this.#outcome = outcome;
      this.#state = 'ended';
      family.children.delete(this);
      if (outcome.error !== undefined) writeTraceback(this.#name, outcome.error);
      this.#end();
    });
  }

  /**
   * Resolves when the process has ended and all that it printed is out, or after `timeout` milliseconds,
   * though it runs on. Never rejects because of the process's failure: see `exitcode`. While it waits, it keeps
   * the program alive, for a daemon too.
   *
   * @throws GranuleError if it was not started; rejects with it
   */
  async join(timeout?: number): Promise<void> {
    deadline(timeout);
    const child = this.#started('join()');
    if (this.#state === 'ended') return;
    const release = child.hold();
    let timer: NodeJS.Timeout | undefined;
    try {
      const ends: Promise<void>[] = [this.#sentinel];
      if (timeout !== undefined && timeout <= LONGEST_TIMER) {
        ends.push(new Promise((resolve) => (timer = setTimeout(resolve, timeout))));
      }
      await Promise.race(ends);
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  /** Whether it was started and has not ended. Its end is seen when the event loop of its starter turns. */
  isAlive(): boolean {
    this.#open();
    return this.#state === 'running' || this.#state === 'here';
  }

  /**
   * Ends the thread at once, in the midst of whatever it does: `exitcode` -15. No `finally` of its runs; locks that it
   * holds are abandoned. A thread that still loads its module is given up to 5 s to finish loading, because ending it
   * then can end the whole program. Of a process that has ended, nothing is changed. Python: SIGTERM.
   */
  terminate(): void {
    this.#kill(-15, 'terminate()');
  }

  /** As terminate(), with `exitcode` -9. */
  kill(): void {
    this.#kill(-9, 'kill()');
  }

  /**
   * Lets go of what it holds; afterwards every other member throws. May be called again, and on a process
   * that was never started.
   *
   * @throws GranuleError while it runs
   */
  close(): void {
    if (this.#state === 'running' || this.#state === 'here') {
      throw new GranuleError(`Process ${this.#name} still runs: join() or terminate() it before close()`);
    }
    this.#state = 'closed';
    this.#child = undefined;
    this.#outcome = undefined;
  }

  /** As given, or 'Process-1', 'Process-2', … in the order of making; also the thread's name in debuggers. */
  get name(): string {
    this.#open();
    return this.#name;
  }

  /** Whether it does not keep the program alive and ends with it. Can be set until start(). */
  get daemon(): boolean {
    this.#open();
    return this.#daemon;
  }
  set daemon(value: boolean) {
    this.#open();
    if (this.#state !== 'new') {
      throw new GranuleError(`Process ${this.#name} was started: \`daemon\` can only be set before`);
    }
    this.#daemon = checkDaemon(value);
  }

  /** The thread's id, once started; as threadId of worker_threads, and currentProcess().pid there. */
  get pid(): number | undefined {
    this.#open();
    return this.#state === 'here' ? currentProcess().pid : this.#child?.pid;
  }

  /**
   * undefined while not finished; 0; 1 after an uncaught error, a rejection that nobody handled included; n after
   * process.exit(n); -15 or -9 when ended by terminate() or kill().
   */
  get exitcode(): number | undefined {
    this.#open();
    return this.#outcome?.exitcode;
  }

  /**
   * The error that ended it, of the class that it had in the thread; it was written to stderr too. What was thrown
   * and is no error is its `cause`.
   */
  get error(): Error | undefined {
    this.#open();
    return this.#outcome?.error;
  }

  /** Resolves when it ends. Unlike join(), it does not keep the program alive for a daemon. */
  get sentinel(): Promise<void> {
    this.#open();
    return this.#sentinel;
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    if (this.#state === 'closed') return `Process { ${this.#name}, closed }`;
    const state = this.#state === 'here' ? 'running' : this.#state;
    const { exitcode } = this.#outcome ?? {};
    const shown = { name: this.#name, state, pid: this.pid, daemon: this.#daemon, exitcode };
    return `Process ${inspect(shown, options)}`;
  }

  #kill(signal: Signal, what: string): void {
    const child = this.#started(what);
    if (this.#state === 'running') child.end(signal);
  }

  #started(what: string): Child {
    this.#open();
    if (this.#child !== undefined) return this.#child;
    throw new GranuleError(
      this.#state === 'here'
        ? `${what} is for the thread that started the process; this is the process itself. To end it: process.exit()`
        : `Process ${this.#name} has not been started: call start() before ${what}`,
    );
  }

  #open(): void {
    if (this.#state === 'closed') this.#refuseClosed();
  }

  #refuseClosed(): never {
    throw new GranuleError(`Process ${this.#name} is closed: read what you need of it before close()`);
  }
}

/** Beyond that, setTimeout() fires at once; 24 days are as good as no limit. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** As Python writes it; by one write, so that no other line comes between. */
function writeTraceback(name: string, error: Error): void {
  process.stderr.write(`Process ${name}:\n${inspect(error)}\n`);
}
