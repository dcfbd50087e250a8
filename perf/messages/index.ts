/**
 * A hundred items, and a hundred thousand: how many messages cross, counted where they are posted, on the caller and in
 * the threads. No times: what a message pair a chunk costs is the same on every machine; what granule's threads need
 * depends on whether they sleep.
 */
import { measureInChild } from '../harness/child.js';
import { reasonOf } from '../harness/rounds.js';
import type { Claim, Findings, Row, Suite } from '../harness/suite.js';

/** Messages of one call, the middle one of several: there, and back. */
export interface Counted {
  readonly subject: string;
  readonly items: number;
  readonly chunksize: number;
  readonly there: number;
  readonly back: number;
  /** Together, of the calls that needed the fewest and the most. */
  readonly least: number;
  readonly most: number;
}

const WAYS = [
  { id: 'piscina', work: 'messages of calls by piscina, a pair for each chunk' },
  { id: 'granule', work: 'messages of calls by granule, chunks claimed from shared memory' },
] as const;
type Way = (typeof WAYS)[number];

const COLUMNS = ['a call', 'items', 'chunksize', 'messages there', 'back', 'together', 'in other calls'];

const grouped = (count: number): string => count.toLocaleString('en-US');

const rowsOf = (counted: readonly Counted[]): string[][] =>
  counted.map(({ subject, items, chunksize, there, back, least, most }) => {
    const others = least === most ? grouped(most) : `${grouped(least)} … ${grouped(most)}`;
    return [subject, ...[items, chunksize, there, back, there + back].map(grouped), others];
  });

const tableOf = ({ work }: Way, counted: readonly Counted[]) => ({
  title: `${work[0].toUpperCase()}${work.slice(1)}`,
  columns: COLUMNS.map((name, index) => ({ name, align: index === 0 ? ('left' as const) : ('right' as const) })),
  rows: rowsOf(counted),
});

const caseOf = ({ subject, items, chunksize }: Counted): string =>
  `${subject}, ${grouped(items)} items, chunksize ${chunksize}`;

const rowOf = (way: Way): Row => ({
  id: way.id,
  work: way.work,
  async measure(pace): Promise<Findings> {
    if (!pace.includes(way.id)) return { figures: [], claims: [], remarks: [] };
    pace.progress('a process of its own');
    try {
      const counted = await measureInChild<Counted[]>(new URL('./children/count.js', import.meta.url), [way.id]);
      const claims = counted.map((one) => claimOf(way, one));
      return { figures: [], claims, remarks: [], tables: [tableOf(way, counted)] };
    } catch (error) {
      const remark = { subject: way.id, text: `not counted: ${reasonOf(error)}`, failed: true };
      return { figures: [], claims: [], remarks: [remark] };
    }
  },
});

/** The textbook's figures for a message pair a chunk; of the board, that a call needs no more than a few. */
function claimOf({ id }: Way, one: Counted): Claim {
  const messages = one.there + one.back;
  const compares = `${caseOf(one)}: messages`;
  const shown = grouped(messages);
  if (id === 'granule') return { compares, mustBe: '≤ 8', shown, met: messages <= 8 };
  const pairs = 2 * Math.ceil(one.items / one.chunksize);
  return { compares, mustBe: grouped(pairs), shown, met: messages === pairs };
}

export const messages: Suite = {
  name: 'messages',
  about: 'Messages that a call takes, counted: a pair for each chunk, and what the board needs for the same',
  rows: WAYS.map(rowOf),
};
