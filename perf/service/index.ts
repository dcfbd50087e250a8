/** What a pool is for in a service: fifty connections of CPU-bound requests, and the event loop stays free. */
import autocannon from 'autocannon';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { formatRatio } from '../harness/format.js';
import { reasonOf } from '../harness/rounds.js';
import { summarize } from '../harness/statistics.js';
import type { Claim, Figure, Findings, Pace, Row, Suite } from '../harness/suite.js';
import type { Delay } from './children/server.js';

const CONNECTIONS = 50;
const WAYS = ['pool', 'inline'] as const;
type Way = (typeof WAYS)[number];

interface Load {
  /** Seconds that the event loop was late. */
  readonly p99: number;
  readonly requestsPerSecond: number;
  /** Requests without their answer. */
  readonly lost: number;
}

class Server implements Disposable {
  private constructor(
    readonly url: string,
    readonly child: ChildProcess,
  ) {}

  static async start(way: Way): Promise<Server> {
    const child = fork(fileURLToPath(new URL('./children/server.js', import.meta.url)), [way]);
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the service ended: ${String(code)}`)));
    const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }];
    ended.catch(() => undefined);
    return new Server(`http://127.0.0.1:${port}`, child);
  }

  async #delay(): Promise<Delay> {
    const answer = once(this.child, 'message');
    this.child.send('how late?');
    const [delay] = (await answer) as [Delay];
    return delay;
  }

  async load(amount: number): Promise<Load> {
    await this.#delay();
    const began = performance.now();
    // autocannon itself ends at a full second: what is idle then is no part of it.
    let last = began;
    let answers = 0;
    let delay: Promise<Delay> | undefined;
    const setupClient = (client: autocannon.Client): void => {
      client.on('response', () => {
        last = performance.now();
        if (++answers === amount) delay = this.#delay();
      });
    };
    const options = { url: this.url, connections: CONNECTIONS, amount, timeout: 60, setupClient };
    const { '2xx': done } = await autocannon(options);
    const seconds = (last - began) / 1000;
    const { p99 } = await (delay ?? this.#delay());
    return { p99, requestsPerSecond: done / seconds, lost: amount - done };
  }

  [Symbol.dispose](): void {
    this.child.disconnect();
  }
}

async function measure(pace: Pace): Promise<Findings> {
  const amount = pace.quick ? 2 * CONNECTIONS : 8 * CONNECTIONS;
  const rounds = pace.quick ? 1 : Math.min(pace.rounds, 9);
  const loads: Record<Way, Load[]> = { pool: [], inline: [] };
  const remarks: Findings['remarks'][number][] = [];
  try {
    using pool = await Server.start('pool');
    using inline = await Server.start('inline');
    const servers = { pool, inline };
    for (const way of WAYS) await servers[way].load(CONNECTIONS);
    for (let round = 0; round < rounds; round++) {
      pace.progress(`round ${round + 1} of ${rounds}`);
      const order = round % 2 === 0 ? WAYS : [...WAYS].reverse();
      for (const way of order) loads[way].push(await servers[way].load(amount));
    }
  } catch (error) {
    remarks.push({ subject: 'service', text: `not measured: ${reasonOf(error)}`, failed: true });
  }
  const measured = WAYS.filter((way) => loads[way].length > 0);
  const rows = measured.map((way) => {
    const { median, lowerQuartile, upperQuartile } = summarize(loads[way].map((load) => load.requestsPerSecond));
    const [most, least] = [upperQuartile, lowerQuartile].map((rate) => rate.toFixed(0));
    return [way, median.toFixed(0), `${least} … ${most}`, String(lostOf(loads[way]))];
  });
  const columns = ['requests', 'a second', 'middle half', 'lost'].map((name, at) => ({ name, align: ALIGN[at] }));
  return {
    figures: measured.map((way) => figureOf(way, loads[way])),
    tables: rows.length === 0 ? [] : [{ title: 'Requests', columns, rows }],
    claims: claimsOf(loads),
    remarks,
  };
}

const ALIGN = ['left', 'right', 'right', 'right'] as const;

const lostOf = (loads: readonly Load[]) => loads.reduce((sum, { lost }) => sum + lost, 0);

function figureOf(subject: Way, loads: readonly Load[]): Figure {
  const samples = loads.map(({ p99 }) => p99);
  return { subject, unit: 'seconds', per: 'p99', samples, summary: summarize(samples) };
}

function claimsOf({ pool, inline }: Record<Way, readonly Load[]>): Claim[] {
  const late = { compares: "event loop's p99 delay, pool : inline", mustBe: '≤ 1/10' };
  const lost = { compares: 'requests lost', mustBe: '0' };
  if (pool.length === 0 || pool.length !== inline.length) {
    return [late, lost].map((says) => ({ ...says, shown: 'not measured' }));
  }
  const ratio = summarize(pool.map(({ p99 }, round) => p99 / inline[round].p99));
  const all = lostOf(pool);
  return [
    { ...late, measured: ratio, shown: formatRatio(ratio.median), met: ratio.median <= 1 / 10 },
    { ...lost, measured: summarize([all]), shown: String(all), met: all === 0 },
  ];
}

const underLoad: Row = {
  id: 'event-loop',
  work: `${CONNECTIONS} connections, requests of 10 ms of computing: how late the event loop is`,
  measure,
};

export const service: Suite = {
  name: 'service',
  about: "A service's event loop under CPU-bound requests, with a pool and without",
  rows: [underLoad],
};
