import type { Suite } from '../harness/suite.js';
import { managers } from './manager.js';
import { pipes } from './pipe.js';
import { queues } from './queues.js';

export const channels: Suite = {
  name: 'channels',
  about: 'What passing items between threads costs, against MessagePort, CPython, multithreading and bare Atomics',
  rows: [...queues, ...pipes, ...managers],
};
