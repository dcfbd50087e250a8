import assert from 'node:assert/strict';
import { compare } from '../harness/rounds.js';
import type { Point } from '../harness/charts.js';
import type { Pace, Remark, Subject } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { chunkedLoop, loop } from '../peers/loop.js';
import { inHandMadeChunks, piscina } from '../peers/piscina.js';
import { python } from '../peers/python.js';
import { spin as spinTask, spinFile } from '../tasks/references.js';
import { spin, spinAll } from '../tasks/spin.js';
import { byItemTakesPart, countsFor, pythonTakesPart } from './grid.js';

/** The subjects of one row of the grid, each call size by itself. */
export async function measureGrid(steps: number, pace: Pace): Promise<{ points: Point[]; remarks: Remark[] }> {
  const points: Point[] = [];
  const remarks: Remark[] = [];
  for (const count of countsFor(steps, pace.quick)) {
    const items = new Array<number>(count).fill(steps);
    const expected = spin(steps);
    const { figures, remarks: said } = await compare(
      {
        subjects: subjectsFor(items, steps, pace.quick),
        rules: [],
        verify(result, subject) {
          if (result === undefined) return;
          assert.ok((result as number[]).every((value) => value === expected), `${subject} gives other results`);
        },
      },
      { ...pace, progress: (text) => pace.progress(`${count} items: ${text}`) },
    );
    points.push(...figures.map((figure) => ({ series: figure.subject, x: count, figure })));
    remarks.push(...said.map((remark) => ({ ...remark, subject: `${remark.subject}, ${count} items` })));
  }
  return { points, remarks: [...remarks, ...leftOut(steps, pace.quick)] };
}

/** Who is not asked for the larger calls, and why. */
function leftOut(steps: number, quick: boolean): Remark[] {
  const counts = countsFor(steps, quick);
  const byItem = counts.find((count) => !byItemTakesPart(count, quick));
  const inPython = counts.find((count) => !pythonTakesPart(steps, count, quick));
  const from = (count: number): string => `from ${count.toLocaleString('en-US')} items on`;
  return [
    ...(byItem === undefined
      ? []
      : [{ subject: 'piscina by item', text: `left out ${from(byItem)}: a message an item, only slower` }]),
    ...(inPython === undefined
      ? []
      : [{ subject: 'CPython', text: `left out ${from(inPython)}: its steps take too long for a run` }]),
  ];
}

function subjectsFor(items: readonly number[], steps: number, quick: boolean): Subject[] {
  const subjects = [
    granule('granule', (pool) => () => pool.map(spinTask, items)),
    loop('loop', () => spinAll(items)),
    chunkedLoop('loop, in chunks', spinAll, items),
    piscina('piscina, 2 hand-made chunks', spinFile, (pool) => inHandMadeChunks(pool, 'spinAll', items)),
  ];
  if (byItemTakesPart(items.length, quick)) {
    subjects.push(
      piscina('piscina by item', spinFile, (pool) => () =>
        Promise.all(items.map((item) => pool.run(item, { name: 'spin' })))),
    );
  }
  if (pythonTakesPart(steps, items.length, quick)) {
    subjects.push(python('CPython', { work: 'spins', items: items.length, steps }));
  }
  return subjects;
}
