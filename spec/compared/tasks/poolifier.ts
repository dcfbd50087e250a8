import { ThreadWorker } from 'poolifier';
import { echo, tasks } from './common.js';

type Task = (argument?: unknown) => unknown;

new ThreadWorker(
  {
    ...(tasks as unknown as Record<string, Task>),
    low: { taskFunction: echo, priority: 19 },
    high: { taskFunction: echo, priority: -20 },
  },
  { maxInactiveTime: 500 },
);
