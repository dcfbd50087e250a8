/** What a call's items have in common, from the settings of the method that was called. */
import { MOST_ARGS } from '../tasks/most-args.js';
import type { Site } from '../tasks/call-site.js';
import { broken } from '../tasks/show.js';
import { AsyncContext } from './async-context.js';
import type { Work } from './engine.js';
import type { ToldCall } from './observers.js';
import type { MapSettings } from './options.js';
import { firstChunksize, MAX_CLAIMS, SCHEDULES } from './schedules.js';
import type { TaskEntry } from './task-table.js';

export const NO_ARGS: readonly unknown[] = Object.freeze([]);
export const DYNAMIC = SCHEDULES.indexOf('dynamic');

/** Work over `count` items. RangeError where they are too many. */
export function mapWork(
  method: string,
  entry: TaskEntry,
  settings: MapSettings,
  site: Site,
  count: number,
  settled: boolean,
  threads: number,
  told: ToldCall | undefined,
): Work {
  if (count >= MAX_CLAIMS) {
    const remedy = `give ${method}() a part of them at a time`;
    throw new RangeError(`Expected \`items\` to be fewer than 2^30, got ${count}: ${remedy}`);
  }
  const { schedule, chunksize, args, retries, itemTimeout, onProgress } = settings;
  const { cost } = entry;
  return {
    method,
    entry,
    args,
    schedule: SCHEDULES.indexOf(schedule),
    // The board's words hold no more than 2^31.
    chunk: Math.min(
      firstChunksize(schedule, chunksize, count, threads, cost.asynchronous ? 0 : cost.nsPerItem),
      Math.max(1, count),
    ),
    settled,
    retries,
    itemTimeout,
    pinned: -1,
    firstIndex: 0,
    indexed: true,
    callSite: site,
    told,
    onProgress:
      onProgress === undefined
        ? undefined
        : inContext((done) => {
            onProgress(done, count);
          }),
  };
}

/** The function, called in the async context of now: the pool calls it from that of whoever woke it. */
function inContext(progress: (done: number) => void): (done: number) => void {
  const context = new AsyncContext();
  return (done) => {
    context.runInAsyncScope(progress, undefined, done);
  };
}

/** Work of one task, or of a chunk: nothing to schedule. */
export function singleWork(
  method: string,
  entry: TaskEntry,
  itemTimeout: number,
  callSite: Site,
  pinned: number,
  told: ToldCall | undefined,
): Work {
  return {
    method,
    entry,
    args: NO_ARGS,
    schedule: DYNAMIC,
    chunk: 1,
    settled: false,
    retries: 0,
    itemTimeout,
    pinned,
    firstIndex: 0,
    indexed: false,
    callSite,
    told,
    onProgress: undefined,
  };
}

/** TypeError where an item of starmap is no list of arguments. */
export function checkTuples(items: readonly unknown[], method: string): void {
  const wrong = items.findIndex((item) => !Array.isArray(item) || item.length > MOST_ARGS);
  if (wrong < 0) return;
  const item = items[wrong];
  const name = `items[${wrong}]`;
  if (!Array.isArray(item)) throw new TypeError(broken(name, `an array of arguments, as ${method}() takes them`, item));
  throw new RangeError(`Expected \`${name}\` to be at most ${MOST_ARGS} arguments, got ${item.length}`);
}
