/** The tasks that a pool's threads know, by number, and what each costs. */
import { resolveTask, type TaskSpec } from '../tasks/spec.js';
import { CostModel, type TaskCost } from './cost-model.js';

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
  readonly model = new CostModel();
  readonly #entries = new Map<string, TaskEntry>();
  readonly #forget: (id: number) => void;
  #nextId = 1;

  /** `forget` is called when the threads may drop a task. */
  constructor(forget: (id: number) => void) {
    this.#forget = forget;
  }

  /** TypeError where `task` is not one. */
  entry(task: unknown): TaskEntry {
    const { spec, key } = resolveTask(task);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= KEPT) this.#shrink();
      entry = { id: this.#nextId++, spec, cost: this.model.entry(key), uses: 0 };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #shrink(): void {
    for (const [key, entry] of this.#entries) {
      if (entry.uses > 0) continue;
      this.#entries.delete(key);
      this.#forget(entry.id);
      if (this.#entries.size < KEPT / 2) return;
    }
  }
}
