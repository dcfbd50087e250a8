import { any, place, type Entry } from '../entry.js';

const message = place('text');
const errors = [
  'GranuleError',
  'PoolClosedError',
  'TimeoutError',
  'SerializationError',
  'LockStateError',
  'AbandonedLockError',
  'BrokenBarrierError',
  'QueueEmptyError',
  'QueueFullError',
  'QueueClosedError',
  'EOFError',
  'PipeError',
  'SharedMemoryExistsError',
  'SharedMemoryNotFoundError',
  'ManagerClosedError',
];

export const tasks: readonly Entry[] = [
  {
    name: 'taskModule',
    args: [place('a URL of the file system', 'a path', 'url')],
    // What it gives has any name there is.
    after: (module) => void [Reflect.get(module as object, '__proto__'), Reflect.ownKeys(module as object)],
  },
  { name: 'move', args: [place('array buffer', 'bytes', 'port')] },
  {
    name: 'toShared',
    args: [place('a Lock', 'an Event', 'a Condition', 'a Value', 'a SharedArray', 'a closed SharedMemory')],
    says: /was closed in this thread/,
  },
  { name: 'fromShared', args: [place('a handle')] },
  { name: 'currentTask', args: [any], weight: 1 },
  { name: 'currentProcess', args: [any], weight: 1 },
  { name: 'parentProcess', args: [any], weight: 1 },
  { name: 'activeChildren', args: [any], weight: 1 },
  // Errors take what Error takes, and the language says what is wrong with it.
  ...errors.map((name) => ({
    name: `new ${name}`,
    args: [message, any],
    weight: 1,
    says: /./,
  })),
  {
    name: 'new WorkerLostError',
    args: [message, { kinds: ['undefined'], options: { exitCode: place('1'), threadId: place('7'), cause: any } }],
    weight: 1,
    says: /./,
  },
];
