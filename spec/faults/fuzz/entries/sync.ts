import { Barrier, BoundedSemaphore, Condition, Event, Lock, RLock, RWLock, Semaphore } from 'granule';
import { any, dispose, place, shortTime, shortWait, signal, time, waitOptions, type Entry } from '../entry.js';
import type { Place } from '../recipe.js';

const holdOptions: Place = { kinds: ['undefined'], options: { signal, timeout: place('undefined', '1') } };

/** What is acquired, free when it is asked for; what was got is given back. */
function acquirable(name: string, make: () => object, releases: Place[] = [any]): Entry[] {
  return [
    { name: `${name}#acquire`, args: [time], on: make },
    { name: `${name}#acquireAsync`, args: [waitOptions], on: make },
    { name: `${name}#release`, args: releases, on: make },
    { name: `${name}#hold`, args: [any], on: make, weight: 1, after: dispose },
    { name: `${name}#holdAsync`, args: [holdOptions], on: make, after: dispose },
  ];
}
const resettable = (name: string, make: () => object): Entry => ({
  name: `${name}#reset`,
  args: [any],
  on: make,
  weight: 1,
});

function held(): Condition {
  const condition = new Condition();
  condition.acquire();
  return condition;
}
function set(): Event {
  const event = new Event();
  event.set();
  return event;
}
const permits = place('0', '1', '7', '2^31');

export const sync: readonly Entry[] = [
  { name: 'new Lock', args: [any] },
  ...acquirable('Lock', () => new Lock()),
  resettable('Lock', () => new Lock()),
  { name: 'new RLock', args: [any] },
  ...acquirable('RLock', () => new RLock()),
  resettable('RLock', () => new RLock()),
  { name: 'new RWLock', args: [any] },
  ...acquirable('Side', () => new RWLock().write),
  resettable('RWLock', () => new RWLock()),
  { name: 'Hold#[dispose]', args: [any], on: () => new Lock().hold(), weight: 1 },

  { name: 'new Semaphore', args: [permits] },
  ...acquirable('Semaphore', () => new Semaphore(3), [permits]),
  { name: 'new BoundedSemaphore', args: [permits] },
  ...acquirable('Semaphore', () => new BoundedSemaphore(3), [permits]),

  { name: 'new Event', args: [any] },
  { name: 'Event#isSet', args: [any], on: set, weight: 1 },
  { name: 'Event#set', args: [any], on: set, weight: 1 },
  { name: 'Event#clear', args: [any], on: set, weight: 1 },
  { name: 'Event#wait', args: [time], on: set },
  { name: 'Event#wait', args: [shortTime], on: () => new Event() },
  { name: 'Event#waitAsync', args: [waitOptions], on: set },

  { name: 'new Condition', args: [place('undefined', 'a Lock', 'an RLock')] },
  ...acquirable('Condition', () => new Condition()),
  { name: 'Condition#notify', args: [permits], on: held },
  { name: 'Condition#notify', args: [permits], on: () => new Condition() },
  { name: 'Condition#notifyAll', args: [any], on: held, weight: 1 },
  { name: 'Condition#wait', args: [time], on: () => new Condition() },
  { name: 'Condition#wait', args: [shortTime], on: held },
  { name: 'Condition#waitFor', args: [place('a predicate'), shortTime], on: held },
  { name: 'Condition#waitAsync', args: [waitOptions], on: () => new Condition() },
  { name: 'Condition#waitAsync', args: [shortWait], on: held },
  { name: 'Condition#waitForAsync', args: [place('a predicate'), shortWait], on: held },

  {
    name: 'new Barrier',
    args: [
      place('1', '7'),
      {
        kinds: ['undefined'],
        options: { action: place('a task as source', 'a task that throws'), args: place('numbers'), timeout: time },
      },
    ],
  },
  { name: 'Barrier#wait', args: [time], on: () => new Barrier(1) },
  { name: 'Barrier#wait', args: [shortTime], on: () => new Barrier(2) },
  { name: 'Barrier#waitAsync', args: [waitOptions], on: () => new Barrier(1) },
  { name: 'Barrier#waitAsync', args: [shortWait], on: () => new Barrier(2) },
  { name: 'Barrier#reset', args: [any], on: () => new Barrier(2), weight: 1 },
  { name: 'Barrier#abort', args: [any], on: () => new Barrier(2), weight: 1 },
];
