/**
 * Calls that were begun on the caller, until they settle: what is done there is delivered, what has no time is handed
 * over to the threads, an item that turns out to be async is waited for.
 *
 * A call runs when it is made, and its promise settles in a microtask: nothing that the task gets can change in
 * between, and the caller has its promise before it hears of it. What is handed over later, behind an async item, is
 * kept as it was when the call was made.
 *
 * The event loop. A program that awaits one short call after the other would never leave its microtasks. So after
 * TURN_NS on the caller the call's promise waits for a turn, and other calls go to the threads until it comes.
 */
import { LateSite } from '../tasks/call-site.js';
import { describeCall } from './call-names.js';
import type { CallerInputs } from './caller-input.js';
import type { CallerRun } from './caller-run.js';
import { BUDGET_NS, TRIAL_NS, type CallerTask, type Extent } from './caller-task.js';
import { partOf } from './chunk-teller.js';
import type { Engine, Feed, Settle, Work } from './engine.js';
import { debug, DEBUGS } from './events.js';
import { joined, restOf } from './feed-parts.js';
import { SCHEDULES } from './schedules.js';

/** Five budgets: what a service's other connections wait for a burst of calls. */
const TURN_NS = 1_000_000;

const STATIC = SCHEDULES.indexOf('static');
const SETTLED = Promise.resolve();
const RUNS = { trial: 'tried', caller: 'run' } as const;

/** What the threads get. */
interface Rest {
  readonly feed: Feed;
  readonly args: readonly unknown[];
}

export interface CallerCall {
  readonly work: Work;
  readonly feed: Feed;
  readonly settle: Settle;
  readonly run: CallerRun;
  /** Of a call that waits for an item: what comes after it. */
  kept: Rest | undefined;
  /** Ends what runs on threads of it. */
  cancelRest: ((error: unknown) => void) | undefined;
}

export class CallerCalls {
  /** Items finished here without error, items that failed here, and milliseconds in tasks. */
  completed = 0;
  failed = 0;
  ms = 0;
  /** A turn of the event loop is waited for. */
  isTurning = false;
  readonly #threads: Engine;
  readonly #inputs: CallerInputs;
  readonly #name: string;
  /** Not settled yet. */
  readonly #calls = new Set<CallerCall>();
  #idle: (() => void)[] = [];
  /** Since the last turn of the event loop that was waited for. */
  #spent = 0;

  /** `name`: the pool's. */
  constructor(threads: Engine, inputs: CallerInputs, name: string) {
    this.#threads = threads;
    this.#inputs = inputs;
    this.#name = name;
  }

  /** Calls that no thread has a part of. */
  get running(): number {
    let here = 0;
    for (const { cancelRest } of this.#calls) if (cancelRest === undefined) here++;
    return here;
  }

  /** Runs the call, or the beginning of it. */
  start(call: CallerCall, task: CallerTask, extent: Extent, choice: 'trial' | 'caller'): void {
    const { run, work } = call;
    const foreseen = Math.max(1, work.entry.cost.nsPerItem, task.here.nsPerItem);
    const perStep = extent.units / extent.steps;
    const began = work.told === undefined ? 0 : performance.now();
    if (DEBUGS) {
      const call = describeCall(work.method, work.entry);
      debug('%s: %s is %s on the caller, %d ns an item foreseen', this.#name, call, RUNS[choice], Math.ceil(foreseen));
    }
    const outcome = run.run(choice === 'trial' ? TRIAL_NS : BUDGET_NS, foreseen * perStep);
    this.#calls.add(call);
    if (work.told?.withChunks === true) tellPart(call, began, outcome === 'promise');
    // A call that fails counts as it does in threads: what it had finished, and the item that failed.
    this.completed += run.next - run.failures;
    this.failed += run.failures;
    this.ms += run.ns / 1e6;
    this.#spent += run.ns;
    task.observe(choice, run.next * perStep, run.ns, outcome === 'cut');
    if (outcome === 'cut') this.#handOver(call, { feed: restOf(call.feed, run.next), args: work.args });
    else if (outcome === 'promise') this.#await(call);
    else {
      const { callSite } = work;
      if (run.failures === 0 && callSite instanceof LateSite) callSite.isMoot = true;
      this.#deliver(call);
    }
  }

  cancel(call: CallerCall, error: unknown): void {
    this.#finish(call, true, error);
    call.cancelRest?.(error);
  }

  cancelAll(error: () => unknown): void {
    for (const call of [...this.#calls]) this.cancel(call, error());
  }

  /** Resolves when none is left. */
  async idle(): Promise<void> {
    while (this.#calls.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** The promise settles once its call has returned, and after a turn of the event loop where one is due. */
  #deliver(call: CallerCall): void {
    const deliver = (): void => {
      this.#report(call);
      const { run, work } = call;
      if (run.failures > 0 && !work.settled) this.#finish(call, true, run.error);
      else this.#finish(call, false, run.results());
    };
    if (this.#spent <= TURN_NS) {
      void SETTLED.then(deliver);
      return;
    }
    this.isTurning = true;
    setImmediate(() => {
      this.isTurning = false;
      this.#spent = 0;
      deliver();
    });
  }

  #report(call: CallerCall): void {
    const { onProgress } = call.work;
    if (onProgress === undefined || call.run.next === 0 || !this.#calls.has(call)) return;
    try {
      onProgress(call.run.next);
    } catch (error) {
      this.cancel(call, error);
    }
  }

  #finish(call: CallerCall, failed: boolean, value: unknown): void {
    if (!this.#calls.delete(call)) return;
    if (failed) call.run.abort();
    // What went on in threads has been counted there.
    if (call.cancelRest === undefined) this.#threads.metrics.ranHere(call.run.ns / 1e6);
    call.settle(failed, value);
    if (this.#calls.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** An item turned out to be async: waited for here, and the rest goes to the threads. */
  #await(call: CallerCall): void {
    const { run, work } = call;
    const began = performance.now();
    const settled = (failed: boolean, value: unknown): void => {
      const failures = run.failures;
      run.settle(failed, value);
      const isFailure = run.failures > failures;
      if (isFailure) this.failed++;
      else this.completed++;
      work.entry.cost.observe(1, (performance.now() - began) * 1e6, true);
      if (!this.#calls.has(call)) return;
      if ((isFailure && !work.settled) || run.next >= run.count) this.#deliver(call);
      else this.#handOver(call, call.kept!);
    };
    Promise.resolve(run.promise).then(
      (value) => {
        settled(false, value);
      },
      (error: unknown) => {
        settled(true, error);
      },
    );
    try {
      call.kept = this.#keep(call);
    } catch (error) {
      void SETTLED.then(() => {
        this.#finish(call, true, error);
      });
    }
  }

  /** What comes after the item that is waited for: the caller's own arrays may have changed by then. */
  #keep({ work, feed, run }: CallerCall): Rest {
    const from = run.next + 1;
    if (from >= run.count) return { feed, args: work.args };
    const kept = this.#inputs.keep(restOf(feed, from), (index) => run.sent(from + index));
    return { feed: kept, args: this.#inputs.copy(work.args) };
  }

  /** What is left goes to the threads; its results join those from here. */
  #handOver(call: CallerCall, { feed, args }: Rest): void {
    const { work, run } = call;
    const from = run.next;
    if (DEBUGS) {
      debug('%s: %s goes to the threads from item %d on', this.#name, describeCall(work.method, work.entry), from);
    }
    const { onProgress } = work;
    const rest: Work = {
      ...work,
      args,
      firstIndex: work.firstIndex + from,
      chunk: work.schedule === STATIC ? Math.ceil((run.count - from) / this.#threads.threads) : work.chunk,
      onProgress:
        onProgress &&
        ((done) => {
          onProgress(from + done);
        }),
    };
    if (from > 0 && onProgress !== undefined) {
      void SETTLED.then(() => {
        this.#report(call);
      });
    }
    try {
      call.cancelRest = this.#threads.start(rest, feed, (failed, value) => {
        if (failed) this.#finish(call, true, value);
        else this.#finish(call, false, joined(run.results(), value, from));
      });
    } catch (error) {
      void SETTLED.then(() => {
        this.#finish(call, true, error);
      });
    }
  }
}

/** What was run here, when the call was made. An item that is async belongs to it, however long it takes. */
function tellPart({ work, feed, run }: CallerCall, began: number, isAtPromise: boolean): void {
  const part = partOf(work, feed.kind === 'ranges' ? feed.range : undefined, 0, run.next + (isAtPromise ? 1 : 0));
  work.told!.chunkHere(part, began, began + run.ns / 1e6);
}
