/**
 * Counts the messages that this thread posts, whoever posts them: granule, piscina or the task. They are counted,
 * not computed: each goes through MessagePort.prototype.postMessage, which is wrapped as long as it is counted. For
 * the lab alone, whose process is its own.
 */
import { MessagePort } from 'node:worker_threads';

/** Adds 1 to `words[index]` for each message. Returns how to stop. */
export function countMessages(words: Int32Array, index: number): () => void {
  const { prototype } = MessagePort;
  const post = prototype.postMessage;
  const counted: typeof post = function (this: MessagePort, ...args) {
    Atomics.add(words, index, 1);
    post.apply(this, args);
  };
  prototype.postMessage = counted;
  return () => {
    if (prototype.postMessage === counted) prototype.postMessage = post;
  };
}
