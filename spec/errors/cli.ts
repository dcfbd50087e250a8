/** The command line: one line on stderr each. */
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { granule } from '../cli/command.js';
import type { Room } from './provoke.js';

const tasks = fileURLToPath(new URL('../fixtures/lab/tasks.js', import.meta.url));
const said = async (...words: string[]): Promise<Error> => {
  const { stderr } = await granule(...words);
  return Object.assign(new Error(stderr.trim().replace(/^error: /, '')), { name: 'error' });
};

export const cliRoom: Room = () => ({
  'granule pi --threads 0': () => said('pi', '--threads', '0'),
  'granule pi --samples many': () => said('pi', '--samples', 'many'),
  'granule tune ./nowhere.js work': () => said('tune', './nowhere.js', 'work'),
  'granule tune https://example.com/tasks.js work': () => said('tune', 'https://example.com/tasks.js', 'work'),
  'granule tune . work': () => said('tune', tmpdir(), 'work'),
  'granule tune tasks.js work --budget soon': () => said('tune', tasks, 'spin', '--budget', 'soon'),
  'granule tune tasks.js work --item {': () => said('tune', tasks, 'spin', '--item', '{'),
  'granule tune tasks.js work --items-from package.json': () =>
    said('tune', tasks, 'spin', '--items-from', 'package.json'),
  'granule tune tasks.js work --items-from nowhere.json': () =>
    said('tune', tasks, 'spin', '--items-from', 'nowhere.json'),
  'granule tune tasks.js work --report of a folder': () => said('tune', tasks, 'spin', '--report', tmpdir()),
});
