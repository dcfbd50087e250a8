/**
 * A hundred items: how many messages cross, counted where they are posted, on the caller and in the threads. No times:
 * the same figures on every machine, but for a thread that has just gone to sleep.
 */
import { formatTable } from '../harness/format.js';
import { measureInChild } from '../harness/child.js';
import type { Conclusion, Findings, MeasuredRow, Row, Suite } from '../harness/suite.js';

/** Messages of one call, there and back. */
export interface Counted {
  readonly subject: string;
  readonly chunksize: number;
  readonly there: number;
  readonly back: number;
}

const WAYS = [
  { id: 'piscina', work: 'a hundred items by piscina, a message pair for each chunk' },
  { id: 'granule', work: 'a hundred items by granule, chunks claimed from shared memory' },
] as const;

const COLUMNS = ['subject', 'chunksize', 'messages there', 'back', 'together'];

const rowsOf = (counted: readonly Counted[]): string[][] =>
  counted.map(({ subject, chunksize, there, back }) =>
    [subject, String(chunksize), String(there), String(back), String(there + back)]);

const tableOf = (counted: readonly Counted[]) => ({
  title: 'Messages of a call of 100 items',
  columns: COLUMNS.map((name, index) => ({ name, align: index === 0 ? ('left' as const) : ('right' as const) })),
  rows: rowsOf(counted),
});

const rowOf = ({ id, work }: (typeof WAYS)[number]): Row => ({
  id,
  work,
  async measure(): Promise<Findings> {
    const counted = await measureInChild<Counted[]>(new URL('./children/count.js', import.meta.url), [id]);
    const remarks = counted.map(({ subject, chunksize, there, back }) => ({
      subject: `${subject}, chunksize ${chunksize}`,
      text: `${there + back} messages (${there} there, ${back} back)`,
    }));
    return { figures: [], claims: claimsOf(id, counted), remarks, tables: [tableOf(counted)] };
  },
});

/** The textbook's figures for a message pair a chunk, and that the board needs no more than a few to wake threads. */
function claimsOf(id: string, counted: readonly Counted[]): Findings['claims'] {
  return counted.map(({ chunksize, there, back }) => {
    const messages = there + back;
    const most = id === 'granule' ? 8 : 2 * Math.ceil(100 / chunksize);
    const met = id === 'granule' ? messages <= most : messages === most;
    return {
      compares: `${id}, chunksize ${chunksize}: messages`,
      mustBe: id === 'granule' ? `≤ ${most}` : String(most),
      shown: String(messages),
      met,
    };
  });
}

function conclude(measured: readonly MeasuredRow[]): Conclusion {
  const tables = measured.flatMap(({ findings }) => findings.tables ?? []);
  const rows = tables.flatMap((table) => table.rows);
  return { lines: formatTable([COLUMNS, ...rows.map((row) => [...row])], 'lrrrr'), charts: [], tables: [] };
}

export const messages: Suite = {
  name: 'messages',
  about: 'Messages that a call of 100 items takes, counted: a pair for each chunk, and the board',
  rows: WAYS.map(rowOf),
  conclude,
};
