import type { AsyncResult, Pool } from 'granule';
import { any, calledBack, dispose, ENDLESS, place, pull, signal, time, type Entry } from '../entry.js';
import type { Place } from '../recipe.js';
import type { Stage } from '../stage.js';

const task = place(
  'a task',
  'a task of any arguments',
  'a task as source',
  'a task of a range',
  'a task that is async',
  'a task that throws',
  'a task that throws text',
  'a task that gives a function',
  'a task that gives what is deep',
  'a task that closes over a variable',
  'a task that no module exports',
  'a task called constructor',
  'a task of a module that is not there',
  'a task called __proto__',
  'a task called what ends a program',
);
const args = place('undefined', 'empty array', 'numbers', 'mixed array');
const items: Place = {
  kinds: [
    'numbers',
    'mixed array',
    'items, plenty',
    'items, lists',
    'items, async',
    'items, typed',
    'items, typed and shared',
  ],
  not: ENDLESS,
};
/** An iterator that is left early may be over any source. */
const lazyItems: Place = {
  kinds: [...items.kinds, 'iterator without end', 'async iterator without end'],
  not: ['async iterator that never answers'],
};
const range = place('7', '0', 'a range', 'a range of many', 'an empty range');

/** What ends a thread rather than a call is another harness's: an item may have its time. */
const itemTime: Place = {
  kinds: ['a while', 'Infinity'],
  not: ['a small time', 'as small as can be', '1', '1.5', '7'],
};
const callOptions = { signal, timeout: time, itemTimeout: itemTime };
const mapOptions = {
  ...callOptions,
  chunksize: place('auto', '1', '7', '2^31'),
  schedule: place('auto', 'guided', 'static'),
  args,
  retries: place('0', '1', '2^31'),
  onProgress: { ...calledBack, not: ['async function that throws'] },
};
/** As many items of a source without end as there is no memory for: granule reads as far ahead as it is told to. */
const few: Place = { kinds: ['1', '7'], not: ['2^31', '2^32', '2^53'] };
const imapOptions = { ...mapOptions, chunksize: few, bufferSize: few };
const callbacks = { callback: calledBack, errorCallback: calledBack };
const bag = (options: Record<string, Place>): Place => ({ kinds: ['undefined'], options });

const poolOf = (stage: Stage, turn: number): Pool => stage.pools[turn % stage.pools.length];
const says = /^planned|no export|noSuchTask|Cannot find module|is not defined: the task|was not done within/;

function method(name: keyof Pool & string, ...args: Place[]): Entry {
  return { name: `Pool#${name}`, args, on: poolOf, says };
}
const awaited = (result: unknown): unknown => (result as AsyncResult<unknown>).get();

export const pool: readonly Entry[] = [
  {
    name: 'new Pool',
    weight: 1,
    args: [
      {
        // A number alone would start threads.
        kinds: [],
        not: ['1', '7', 'undefined'],
        always: [['execution', 'inline']],
        options: {
          execution: place('inline', 'text'),
          threads: place('1', '7'),
          initializer: task,
          initargs: args,
          maxTasksPerThread: place('1', 'Infinity'),
          maxQueue: place('0', '1', 'Infinity'),
          resourceLimits: place('a limit of memory'),
          name: place('text', 'line separators', 'a zero byte'),
        },
      },
    ],
    after: (made) => (made as Pool).terminate(),
  },
  method('apply', task, args, bag(callOptions)),
  { ...method('applyAsync', task, args, bag({ ...callOptions, ...callbacks })), after: awaited },
  method('map', task, items, bag(mapOptions)),
  { ...method('mapAsync', task, items, bag({ ...mapOptions, ...callbacks })), after: awaited },
  method('mapSettled', task, items, bag(mapOptions)),
  method('starmap', task, items, bag(mapOptions)),
  { ...method('starmapAsync', task, items, bag({ ...mapOptions, ...callbacks })), after: awaited },
  { ...method('imap', task, lazyItems, bag(imapOptions)), after: pull },
  { ...method('imapUnordered', task, lazyItems, bag(imapOptions)), after: pull },
  method('parallelFor', task, range, bag(mapOptions)),
  method(
    'parallelReduce',
    task,
    range,
    { kinds: ['a function of two'], not: ['async function that throws'] },
    bag({ ...mapOptions, initial: any }),
  ),
  method('broadcast', task, args, bag(callOptions)),
  { ...method('ready', any), weight: 1 },
  { ...method('stats', any), weight: 1 },
  { ...method('close', any), on: (stage) => stage.closedPool, weight: 1 },
  {
    ...method('join', any),
    on: (stage, turn) => (turn === 0 ? stage.closedPool : poolOf(stage, turn)),
    says: /^join\(\) waits for/,
    weight: 1,
  },
  { ...method('terminate', any), on: (stage) => stage.closedPool, weight: 1 },
  { name: 'Pool#[asyncDispose]', args: [any], on: (stage) => stage.closedPool, weight: 1 },

  {
    name: 'new AsyncResult',
    args: [{ kinds: ['promise', 'thenable that throws'], not: ['async iterator that never answers'] }, bag(callbacks)],
    after: awaited,
  },
  { name: 'AsyncResult#get', args: [time], on: (stage) => stage.result },
  { name: 'AsyncResult#wait', args: [time], on: (stage) => stage.result },
  { name: 'AsyncResult#ready', args: [any], on: (stage) => stage.result, weight: 1 },
  { name: 'AsyncResult#successful', args: [any], on: (stage) => stage.result, weight: 1 },
  {
    name: 'AsyncResult#then',
    args: [place('a function of two'), place('a function of two')],
    on: (stage) => stage.result,
  },

  { name: 'ImapIterator#next', args: [any], on: (stage) => stage.iterator() },
  { name: 'ImapIterator#return', args: [any], on: (stage) => stage.iterator() },
  // It throws what it is given, whatever that is.
  { name: 'ImapIterator#throw', args: [place('error')], on: (stage) => stage.iterator(), says: /./, weight: 1 },
  { name: 'ImapIterator#[asyncIterator]', args: [any], on: (stage) => stage.iterator(), weight: 1 },
  { name: 'ImapIterator#[asyncDispose]', args: [any], on: (stage) => stage.iterator(), weight: 1 },

  { ...method('trace', bag({ limit: place('1', '7', 'Infinity') })), after: dispose },
  // A pool's trace() alone makes them.
  { name: 'new PoolTrace', args: [any, place('1', 'Infinity')], weight: 1 },
  { name: 'PoolTrace#stop', args: [any], on: (stage, turn) => poolOf(stage, turn).trace(), weight: 1 },
  { name: 'PoolTrace#[dispose]', args: [any], on: (stage, turn) => poolOf(stage, turn).trace(), weight: 1 },

  { name: 'cpuCount', args: [any], weight: 1 },
];
