import { adopt, isWords } from '../sync/words.js';
import { registerShareable } from '../tasks/shareable.js';
import { Queue, type QueueData, type QueueParts } from './queue.js';

/** A queue without a limit of items. Python: SimpleQueue. */
export class SimpleQueue<T = unknown> extends Queue<T> {
  constructor();
  /** @internal */
  constructor(parts: QueueParts);
  constructor(parts?: QueueParts) {
    // JavaScript lets anything be passed.
    super((isWords(parts?.words) ? parts : undefined) as QueueParts);
  }

  /** @internal */
  protected override get sharedAs(): string {
    return 'SimpleQueue';
  }
}

registerShareable('SimpleQueue', ({ memory, ring }: QueueData) =>
  adopt(memory, (words) => new SimpleQueue({ words, ring })),
);
