/**
 * Runs calls on the caller where the cost model says that a thread cannot pay, on threads otherwise.
 *
 * A call on the caller runs when it is made, and its promise settles in a microtask: nothing that the task
 * gets can change in between, and the caller has its promise before it hears of it. What the caller does not
 * finish in time goes to the threads, in the same call. What is never run here:
 *  - a task that no thread has measured, or that was ever async;
 *  - calls for one thread (broadcast, ready), and everything after a broadcast, which is how threads are set up;
 *  - items with a time limit, which nobody could enforce, and what only messages carry;
 *  - a call made by a task that runs here.
 *
 * The event loop. A program that awaits one short call after the other would never leave its microtasks. So after
 * TURN_NS on the caller the call's promise waits for a turn, and other calls go to the threads until it comes.
 */
import { LateSite } from '../tasks/call-site.js';
import { Decoder } from '../tasks/codec/decoder.js';
import { Encoder } from '../tasks/codec/encoder.js';
import { CallerInputs } from './caller-input.js';
import { CallerRun } from './caller-run.js';
import { BUDGET_NS, CallerTask, TRIAL_NS, type Extent } from './caller-task.js';
import { partOf } from './chunk-teller.js';
import type { Engine, EngineStats, Feed, Settle, Work } from './engine.js';
import { debug, DEBUGS } from './events.js';
import { extentOf, joined, restOf } from './feed-parts.js';
import { describeCall } from './call-names.js';
import { MeasuredDispatch } from './measured-dispatch.js';
import type { Metrics } from './metrics.js';
import { SCHEDULES } from './schedules.js';
import type { TaskEntry } from './task-table.js';

/** Five budgets: what a service's other connections wait for a burst of calls. */
const TURN_NS = 1_000_000;

const STATIC = SCHEDULES.indexOf('static');
const SETTLED = Promise.resolve();
const RUNS = { trial: 'tried', caller: 'run' } as const;

interface Call {
  readonly work: Work;
  readonly feed: Feed;
  readonly settle: Settle;
  readonly run: CallerRun;
  /** Ends what runs on threads of it. */
  cancelRest: ((error: unknown) => void) | undefined;
}

export class AdaptiveEngine implements Engine {
  readonly threads: number;
  readonly metrics: Metrics;
  readonly #inner: Engine;
  readonly #dispatch: MeasuredDispatch;
  readonly #name: string;
  readonly #tasks = new WeakMap<TaskEntry, CallerTask>();
  readonly #inputs = new CallerInputs(new Encoder(), new Decoder());
  readonly #crossing = { encoder: new Encoder(), decoder: new Decoder() };
  /** Begun here, and not settled yet. */
  readonly #calls = new Set<Call>();
  #idle: (() => void)[] = [];
  #isBusy = false;
  #broadcasted = false;
  /** Since the last turn of the event loop that was waited for. */
  #spent = 0;
  #isTurning = false;
  #completed = 0;
  #failed = 0;
  #ms = 0;

  constructor(threads: Engine, name: string) {
    this.#name = name;
    this.#inner = threads;
    this.#dispatch = new MeasuredDispatch(threads);
    this.threads = threads.threads;
    this.metrics = threads.metrics;
  }

  entry(task: unknown, feed: 'items' | 'ranges'): TaskEntry {
    return this.#inner.entry(task, feed);
  }

  start(work: Work, feed: Feed, settle: Settle): (error: unknown) => void {
    const { entry, itemTimeout, method } = work;
    if (work.pinned >= 0) {
      if (method !== 'ready') this.#broadcasted = true;
      return this.#inner.start(work, feed, settle);
    }
    const extent = extentOf(feed);
    const isForThreads = this.#broadcasted || itemTimeout !== Infinity || extent.steps === 0;
    if (isForThreads || this.#isBusy || this.#isTurning) {
      return this.#dispatch.start(work, feed, extent, settle);
    }
    let task = this.#tasks.get(entry);
    if (task === undefined) this.#tasks.set(entry, (task = new CallerTask(entry)));
    const choice = task.choose(extent, this.threads);
    if (choice === 'loading') void task.load();
    if (choice === 'threads' || choice === 'loading') return this.#dispatch.start(work, feed, extent, settle);
    this.#isBusy = true;
    let call: Call;
    try {
      const input = this.#inputs.of(work, feed);
      if (input === undefined) return this.#dispatch.start(work, feed, extent, settle);
      const run = new CallerRun(work, feed, input, task, this.#crossing);
      call = { work, feed, settle, run, cancelRest: undefined };
      this.#run(call, task, extent, choice);
    } finally {
      this.#isBusy = false;
    }
    return (error) => {
      this.#finish(call, true, error);
      call.cancelRest?.(error);
    };
  }

  isFull(maxQueue: number): boolean {
    return this.#inner.isFull(maxQueue);
  }

  stats(): EngineStats {
    const inner = this.#inner.stats();
    let here = 0;
    for (const { cancelRest } of this.#calls) if (cancelRest === undefined) here++;
    return {
      ...inner,
      running: inner.running + here,
      completed: inner.completed + this.#completed,
      failed: inner.failed + this.#failed,
      onCaller: this.#completed + this.#failed,
      busyBeside: this.#ms,
    };
  }

  cancelAll(error: () => unknown): void {
    for (const call of [...this.#calls]) {
      const reason = error();
      this.#finish(call, true, reason);
      call.cancelRest?.(reason);
    }
    this.#inner.cancelAll(error);
  }

  async idle(): Promise<void> {
    while (this.#calls.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#inner.idle();
  }

  end(): Promise<void> {
    return this.#inner.end();
  }

  #run(call: Call, task: CallerTask, extent: Extent, choice: 'trial' | 'caller'): void {
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
    this.#completed += run.next - run.failures;
    this.#failed += run.failures;
    this.#ms += run.ns / 1e6;
    this.#spent += run.ns;
    task.observe(choice, run.next * perStep, run.ns, outcome === 'cut');
    if (outcome === 'cut') this.#handOver(call);
    else if (outcome === 'promise') this.#await(call);
    else {
      const { callSite } = work;
      if (run.failures === 0 && callSite instanceof LateSite) callSite.isMoot = true;
      this.#deliver(call);
    }
  }

  /** The promise settles once its call has returned, and after a turn of the event loop where one is due. */
  #deliver(call: Call): void {
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
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      this.#spent = 0;
      deliver();
    });
  }

  #report(call: Call): void {
    const { onProgress } = call.work;
    if (onProgress === undefined || call.run.next === 0 || !this.#calls.has(call)) return;
    try {
      onProgress(call.run.next);
    } catch (error) {
      this.#finish(call, true, error);
      call.cancelRest?.(error);
    }
  }

  #finish(call: Call, failed: boolean, value: unknown): void {
    if (!this.#calls.delete(call)) return;
    if (failed) call.run.abort();
    // What went on in threads has been counted there.
    if (call.cancelRest === undefined) this.metrics.ranHere(call.run.ns / 1e6);
    call.settle(failed, value);
    if (this.#calls.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** An item turned out to be async: waited for here, and the rest goes to the threads. */
  #await(call: Call): void {
    const { run, work } = call;
    const began = performance.now();
    const settled = (failed: boolean, value: unknown): void => {
      const failures = run.failures;
      run.settle(failed, value);
      const isFailure = run.failures > failures;
      if (isFailure) this.#failed++;
      else this.#completed++;
      work.entry.cost.observe(1, (performance.now() - began) * 1e6, true);
      if (!this.#calls.has(call)) return;
      if ((isFailure && !work.settled) || run.next >= run.count) this.#deliver(call);
      else this.#handOver(call);
    };
    Promise.resolve(run.promise).then(
      (value) => {
        settled(false, value);
      },
      (error: unknown) => {
        settled(true, error);
      },
    );
  }

  /** What is left goes to the threads; its results join those from here. */
  #handOver(call: Call): void {
    const { work, feed, run } = call;
    const from = run.next;
    if (DEBUGS) {
      debug('%s: %s goes to the threads from item %d on', this.#name, describeCall(work.method, work.entry), from);
    }
    const { onProgress } = work;
    const rest: Work = {
      ...work,
      firstIndex: work.firstIndex + from,
      chunk: work.schedule === STATIC ? Math.ceil((run.count - from) / this.threads) : work.chunk,
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
      call.cancelRest = this.#inner.start(rest, restOf(feed, from), (failed, value) => {
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
function tellPart({ work, feed, run }: Call, began: number, isAtPromise: boolean): void {
  const part = partOf(work, feed.kind === 'ranges' ? feed.range : undefined, 0, run.next + (isAtPromise ? 1 : 0));
  work.told!.chunkHere(part, began, began + run.ns / 1e6);
}
