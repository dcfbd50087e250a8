/** The tables of the pages, by their markers' names. */
import { dispatchTable } from './dispatch.js';
import { markdown, ratio, time } from './markdown.js';
import type { PublishedRun } from './run.js';

export type MakeTable = (run: PublishedRun) => string;

/** A row's own table, as it is. */
const tableOf =
  (suite: string, id: string): MakeTable =>
  (run) => {
    const [{ columns, rows }] = run.row(suite, id).tables ?? [];
    return markdown(columns.map(({ name }) => name), rows);
  };

const innerLoops: MakeTable = (run) => {
  const loops = [1_000, 1_000_000];
  const [alone, inPython] = ['loop', 'CPython, loop'];
  const subjects = ['granule', 'piscina by item', 'loop, in chunks', alone, 'CPython', inPython];
  const rows = subjects.map((subject) => [
    subject,
    ...loops.flatMap((steps) => {
      const itsLoop = subject.startsWith('CPython') ? inPython : alone;
      const [own, loop] = [subject, itsLoop].map((name) => run.median('experiments', `inner-${steps}`, name));
      return [time(own), subject === itsLoop ? '' : ratio(own, loop)];
    }),
  ]);
  const columns = loops.flatMap((steps) => [`${steps.toLocaleString('en-US')} steps each`, 'of its loop']);
  return markdown(['100 items', ...columns], rows);
};

/** What an item costs that has next to no work: in a loop, and crossing twice. */
const crossing: MakeTable = (run) => {
  const works = [
    { what: '1,000,000 numbers', id: '1m-squares', count: 1_000_000 },
    { what: '10,000 small objects', id: 'objects', count: 10_000 },
  ];
  const subjects = ['loop', 'granule', 'piscina, 2 hand-made chunks'];
  const rows = works.map(({ what, id, count }) => [
    what,
    ...subjects.map((subject) => {
      const seconds = run.median('dispatch', id, subject);
      return time(seconds === undefined ? undefined : seconds / count);
    }),
  ]);
  return markdown(['an item of', ...subjects], rows);
};

const starting: MakeTable = (run) => {
  const rows = run.row('start', 'nothing').figures
    .filter(({ subject }) => ['granule', 'bare Worker', 'CPython, spawn', 'CPython, fork'].includes(subject))
    .map(({ subject, summary }) => [subject.replace(/^granule$/, 'granule, `Process`'), time(summary.median)]);
  return markdown(['start what does nothing, and see it end', 'one'], rows);
};

const crossovers: MakeTable = (run) => {
  const [table] = run.conclusion('granularity').tables;
  const rows = table.rows.map(([id, cost, found]) => {
    const steps = Number(id.slice('steps-'.length));
    return [steps.toLocaleString('en-US'), cost, found];
  });
  return markdown(['steps of an item', 'an item takes', 'the pool beats the loop'], rows);
};

const messages: MakeTable = (run) => {
  const rows = run.rows('messages').flatMap(({ tables = [] }) =>
    tables.flatMap((table) => table.rows.map((row) => row.slice(0, 6))));
  return markdown(['a call', 'items', 'chunksize', 'messages there', 'back', 'together'], rows);
};

const chunksizes: MakeTable = (run) => {
  const rows = run.rows('chunksize').map(({ id, work, figures }) => {
    const fixed = figures.filter(({ subject }) => subject.startsWith('chunksize '));
    const best = fixed.reduce((least, figure) => (figure.summary.median < least.summary.median ? figure : least));
    return [
      work.replace('map of ', ''),
      time(run.median('chunksize', id, 'chunksize 1')),
      time(fixed.at(-1)?.summary.median),
      `${time(best.summary.median)} (${best.subject.replace('chunksize ', '')})`,
      time(run.median('chunksize', id, 'learned')),
    ];
  });
  return markdown(['work', 'chunksize 1', 'one chunk', 'best fixed size', 'learned'], rows);
};

const skew: MakeTable = (run) => {
  const schedules = ['auto', 'dynamic', 'guided', 'static'];
  const rows = run.rows('skew').map(({ id, work, figures }) => {
    const ideal = figures.find(({ subject }) => subject.startsWith('ideal'))?.summary.median;
    return [work, ...schedules.map((name) => ratio(run.median('skew', id, `granule, ${name}`), ideal))];
  });
  return markdown(['items', ...schedules.map((name) => `\`${name}\``)], rows);
};

const transfer: MakeTable = (run) => {
  const subjects = [
    'granule, copied',
    'granule, moved',
    'granule, shared',
    'Worker, cloned',
    'Worker, transferred',
    'Worker, shared',
    'copied twice here',
  ];
  const rows = run.rows('transfer').map(({ id, work }) => [
    work.replace(' to a thread and back', ''),
    ...subjects.map((subject) => time(run.median('transfer', id, subject))),
  ]);
  return markdown(['there and back', ...subjects], rows);
};

const scaling: MakeTable = (run) => {
  const rows = run.rows('scaling').flatMap(({ work, tables = [] }) =>
    tables.flatMap((table) => table.rows.map((row) => [work, ...row])));
  return markdown(['work', 'threads', 'speedup', 'efficiency'], rows);
};

const pi: MakeTable = (run) => {
  const rows = run.row('pi', 'pi').figures.map(({ subject, summary }) => [subject, time(summary.median)]);
  return markdown(['π by Monte Carlo', 'a sample'], rows);
};

const machine: MakeTable = ({ file: { machine: { cpu, cores, node, python }, pace, started } }) =>
  `Two threads, ${cores} cores of ${/^[AEIOU]/i.test(cpu) ? 'an' : 'a'} ${cpu}, Node.js ${node.slice(1)}, ` +
  `CPython ${python ?? 'not there'}, ${started.slice(0, 10)}; medians of ${pace.rounds} rounds.`;

export const TABLES: Readonly<Record<string, MakeTable>> = {
  squares: tableOf('experiments', 'squares'),
  'inner-loops': innerLoops,
  'ten-tasks': tableOf('experiments', 'ten-tasks'),
  starting,
  crossovers,
  messages,
  chunksizes,
  skew,
  crossing,
  transfer,
  scaling,
  'pi-peers': pi,
  machine,
  dispatch: dispatchTable,
};
