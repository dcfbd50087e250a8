/**
 * The tasks that a pool's threads know, by number, and what each costs: as a function of items, or of ranges of
 * indexes. What `parallelFor` has learned of an index says nothing of a call of the same function by `apply`, nor the
 * other way round, so a function that is used in both ways has an entry for each.
 */
import { resolveTask, type TaskSpec } from '../tasks/spec.js';
import { CostModel, type DispatchCost, type TaskCost } from './cost-model.js';

export interface TaskEntry {
  readonly id: number;
  readonly spec: TaskSpec;
  readonly cost: TaskCost;
  /** Jobs that are not over. */
  uses: number;
}

/** Beyond this many, tasks that no job uses are forgotten, oldest first: programs may make tasks without end. */
const KEPT = 512;

export class TaskTable {
  readonly #ofItems = new Kind();
  readonly #ofRanges = new Kind(this.#ofItems.model.dispatch);
  readonly #forget: (id: number) => void;
  #nextId = 1;

  /** `forget` is called when the threads may drop a task. */
  constructor(forget: (id: number) => void) {
    this.#forget = forget;
  }

  /** TypeError where `task` is not one. */
  entry(task: unknown, feed: 'items' | 'ranges'): TaskEntry {
    const { spec, key } = resolveTask(task);
    const { entries, model } = feed === 'items' ? this.#ofItems : this.#ofRanges;
    let entry = entries.get(key);
    if (entry === undefined) {
      if (entries.size >= KEPT) this.#shrink(entries);
      entry = { id: this.#nextId++, spec, cost: model.entry(key), uses: 0 };
      entries.set(key, entry);
    }
    return entry;
  }

  #shrink(entries: Map<string, TaskEntry>): void {
    for (const [key, entry] of entries) {
      if (entry.uses > 0) continue;
      entries.delete(key);
      this.#forget(entry.id);
      if (entries.size < KEPT / 2) return;
    }
  }
}

/** The tasks that are used in one of the two ways. */
class Kind {
  readonly entries = new Map<string, TaskEntry>();
  readonly model: CostModel;

  constructor(dispatch?: DispatchCost) {
    this.model = new CostModel(undefined, dispatch);
  }
}
