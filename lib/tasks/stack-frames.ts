import type { TaskErrorInfo } from './error-wire.js';

/** Where the compiled granule lies, as frames show it. */
const HOME = new URL('../../', import.meta.url).href;

/**
 * A stack as the thread saw it without the frames of what ran the task: those at its foot that are
 * granule's, and what called them. Frames of granule further up, where the task called it, stay.
 */
export function withoutRunner(stack: string): string {
  const { header, frames } = split(stack);
  const foot = frames.findLastIndex((frame) => !isOwn(frame) && !isHost(frame)) + 1;
  const cut = frames.findIndex((frame, index) => index >= foot && isOwn(frame));
  return [header, ...(cut === -1 ? frames : frames.slice(0, cut))].join('\n');
}

/**
 * The thread's frames, which call it was, and the caller's frames, from the caller's own code on:
 *
 *     RangeError: too large
 *         at square (file:///app/tasks.js:3:9)
 *         at … [square, item 7, thread 2]
 *         at main (file:///app/main.js:12:14)
 */
export function withCaller(stack: string, task: TaskErrorInfo | undefined, callStack: string | undefined): string {
  const lines = [stack];
  if (task !== undefined) {
    const item = task.index === undefined ? '' : `item ${task.index}, `;
    lines.push(`    at … [${task.name}, ${item}thread ${task.threadId}]`);
  }
  if (callStack !== undefined) {
    const { frames } = split(callStack);
    const first = frames.findIndex((frame) => !isOwn(frame));
    if (first !== -1) lines.push(...frames.slice(first));
  }
  return lines.join('\n');
}

function split(stack: string): { header: string; frames: string[] } {
  const lines = stack.split('\n');
  let first = lines.length;
  while (first > 1 && /^\s+at /.test(lines[first - 1])) first--;
  return { header: lines.slice(0, first).join('\n'), frames: lines.slice(first) };
}

/** granule's own, but for the tasks that come with it. */
function isOwn(frame: string): boolean {
  if (frame.includes(`${HOME}workers/kernels/`)) return false;
  return frame.includes(`${HOME}lib/`) || frame.includes(`${HOME}workers/`);
}

/** Of what runs granule in a thread. */
function isHost(frame: string): boolean {
  return /[( ]node:internal\/|[\\/]node_modules[\\/](?:comlink|piscina)[\\/]|\(<anonymous>\)$/.test(frame);
}
