import { Process } from 'granule';
import { any, place, type Entry } from '../entry.js';
import type { Stage } from '../stage.js';

const fresh = (): Process => new Process();
const ended = (stage: Stage): Process => stage.process;
const states = /was started before|has not been started|is closed|still runs|can only be set before/;

/** Resolves when it has ended, which cannot be told to a process that still loads: it is to run to its end. */
async function startAndEnd(made: Process): Promise<void> {
  made.start();
  await made.join();
  if (made.error !== undefined) throw made.error;
}

export const processes: readonly Entry[] = [
  {
    name: 'new Process',
    args: [
      {
        kinds: ['undefined'],
        options: {
          target: place('a task', 'a task as source'),
          args: place('numbers', 'mixed array'),
          name: place('text'),
          daemon: place('true', 'false'),
        },
      },
    ],
    // What cannot be sent fails as it starts; what can would start a thread, and does so less often.
    says: /^planned/,
    weight: 3,
    after: (made, stage) => (stage.mayStart() ? startAndEnd(made as Process) : undefined),
  },
  { name: 'Process#daemon =', args: [place('true', 'false')], on: fresh },
  { name: 'Process#join', args: [place('a while', 'undefined')], on: ended, says: states },
  { name: 'Process#run', args: [any], on: fresh, weight: 1 },
  { name: 'Process#start', args: [any], on: ended, weight: 1 },
  { name: 'Process#isAlive', args: [any], on: ended, weight: 1 },
  { name: 'Process#terminate', args: [any], on: ended, weight: 1 },
  { name: 'Process#kill', args: [any], on: ended, weight: 1 },
  { name: 'Process#close', args: [any], on: fresh, weight: 1 },
];
