import { SharedArray, Value, type ShareableList, type SharedMemory } from 'granule';
import { any, ENDLESS, place, type Entry } from '../entry.js';
import type { Place } from '../recipe.js';
import type { Stage } from '../stage.js';

const code = place('i', 'q', '?', 'd');
const number = place('0', '7', '1n', 'true', '1.5');
const lock: Place = { kinds: ['undefined'], options: { lock: place('true', 'false', 'a Lock', 'an RLock') } };
/** Few elements, or more than there can be: not what there just is memory for. */
const elements: Place = {
  kinds: ['7', 'numbers', 'doubles', 'big integers', 'set'],
  not: [...ENDLESS, '2^31', '2^32'],
};
const name = place('a name nobody has');
const index = place('0', '1', '-1', '7');

const value = (_stage: unknown, turn: number): object => new Value((['i', 'q', 'd', '?'] as const)[turn % 4]);
const array = (_stage: unknown, turn: number): object => new SharedArray((['i', 'q', 'd', '?'] as const)[turn % 4], 4);
const list = (stage: Stage): object => stage.list;

function discard(memory: SharedMemory): void {
  memory.close();
  memory.unlink();
}

export const memory: readonly Entry[] = [
  { name: 'new Value', args: [code, number, lock] },
  { name: 'Value#value =', args: [number], on: value },
  { name: 'Value#add', args: [number], on: value },
  { name: 'Value#compareExchange', args: [number, number], on: value },
  { name: 'Value#getLock', args: [any], on: value, weight: 1 },

  { name: 'new SharedArray', args: [code, elements, lock] },
  { name: 'SharedArray#at', args: [index], on: array },
  { name: 'SharedArray#set', args: [index, number], on: array },
  { name: 'SharedArray#getLock', args: [any], on: array, weight: 1 },
  { name: 'SharedArray#[iterator]', args: [any], on: array, weight: 1 },

  {
    name: 'new SharedMemory',
    args: [
      {
        kinds: [],
        options: {
          create: place('true', 'false'),
          name,
          // As much as there is room for is the machine's affair.
          size: { kinds: ['1', '7'], not: ['2^31', '2^32'] },
        },
      },
    ],
    after: (made) => {
      discard(made as SharedMemory);
    },
  },
  { name: 'SharedMemory#close', args: [any], on: (stage) => stage.closedBlock, weight: 1 },
  { name: 'SharedMemory#unlink', args: [any], on: (stage) => stage.closedBlock, weight: 1 },
  { name: 'SharedMemory#[dispose]', args: [any], on: (stage) => stage.closedBlock, weight: 1 },

  {
    name: 'new ShareableList',
    args: [
      { kinds: ['undefined', 'numbers', 'set'], not: ENDLESS },
      { kinds: ['undefined'], options: { name } },
    ],
    after: (made) => {
      discard((made as ShareableList).shm);
    },
  },
  { name: 'ShareableList#at', args: [index], on: list },
  { name: 'ShareableList#set', args: [index, place('text', 'null', '1n', 'bytes', 'true')], on: list },
  { name: 'ShareableList#count', args: [any], on: list },
  { name: 'ShareableList#indexOf', args: [any], on: list },
  { name: 'ShareableList#[iterator]', args: [any], on: list, weight: 1 },
];
