import type { Connection } from 'granule';
import { any, place, pull, shortTime, shortWait, time, waitOptions, type Entry } from '../entry.js';
import type { Place } from '../recipe.js';
import type { Stage } from '../stage.js';

const maxsize: Place = place('0', '7', 'undefined');
const item = place(
  'text',
  '7',
  'object',
  'a Lock',
  'moved bytes',
  'port',
  'shared words',
  'a closed end of a pipe',
  'a SharedArray',
);

/** Of an item that is there, of room that is there, and of what will not come. */
const filled = (stage: Stage): object => stage.filledQueue();
const empty = (stage: Stage): object => stage.emptyQueue;
const full = (stage: Stage): object => stage.fullQueue;
const joinable = (stage: Stage): object => stage.joinable;
const end = (stage: Stage): object => stage.end;

function closeBoth(ends: unknown): void {
  for (const each of ends as Connection[]) each.close();
}

export const channels: readonly Entry[] = [
  { name: 'new Queue', args: [maxsize], weight: 1 },
  { name: 'new SimpleQueue', args: [any], weight: 1 },
  { name: 'new JoinableQueue', args: [maxsize], weight: 1 },
  { name: 'Queue#put', args: [item, time], on: (stage) => stage.roomyQueue() },
  { name: 'Queue#put', args: [item, shortTime], on: full },
  { name: 'Queue#putAsync', args: [item, waitOptions], on: (stage) => stage.roomyQueue() },
  { name: 'Queue#putAsync', args: [item, shortWait], on: full },
  { name: 'Queue#get', args: [time], on: filled },
  { name: 'Queue#get', args: [shortTime], on: empty },
  { name: 'Queue#getAsync', args: [waitOptions], on: filled },
  { name: 'Queue#getAsync', args: [shortWait], on: empty },
  { name: 'Queue#close', args: [any], on: (stage) => stage.closedQueue, weight: 1 },
  { name: 'Queue#[asyncIterator]', args: [any], on: (stage) => stage.closedQueue, weight: 1, after: pull },
  { name: 'JoinableQueue#taskDone', args: [any], on: joinable, weight: 1 },
  { name: 'JoinableQueue#join', args: [time], on: joinable },
  { name: 'JoinableQueue#joinAsync', args: [waitOptions], on: joinable },

  { name: 'Pipe', args: [{ kinds: ['undefined'], options: { duplex: place('true', 'false') } }], after: closeBoth },
  {
    name: 'Connection#send',
    args: [item, { kinds: ['undefined', 'empty array', 'numbers'], not: ['sparse array of 2^32 - 1'] }],
    on: end,
  },
  { name: 'Connection#recv', args: [shortTime], on: (stage) => stage.silentEnd },
  { name: 'Connection#recvAsync', args: [shortWait], on: (stage) => stage.silentEnd },
  { name: 'Connection#poll', args: [shortTime], on: (stage) => stage.silentEnd },
  { name: 'Connection#close', args: [any], on: (stage) => stage.closedEnd, weight: 1 },
  { name: 'Connection#[dispose]', args: [any], on: (stage) => stage.closedEnd, weight: 1 },
  { name: 'Connection#[asyncIterator]', args: [any], on: (stage) => stage.closedEnd, weight: 1, after: pull },
];
