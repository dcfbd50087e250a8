/** Threads for specs of queues. */
import { heapMemory } from '#lib/memory/home-heap.js';
import type * as roles from '../fixtures/channels/queue-roles.js';
import { startRole, type Thread } from '../support/roles.js';

export { endThreads, type Thread } from '../support/roles.js';

type Roles = typeof roles;

const entry = new URL('../fixtures/channels/queue-thread.js', import.meta.url);

/** A thread that runs the role. */
export function start<Name extends keyof Roles>(
  role: Name,
  ...args: Parameters<Roles[Name]>
): Thread<Awaited<ReturnType<Roles[Name]>>> {
  return startRole(entry, role, args, heapMemory());
}
