/** What Prometheus reads of a pool. Figures are read when they are asked for: between two scrapes nothing is done. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

const QUANTILES = [0.5, 0.9, 0.99];

export function metricsOf(pool) {
  const registry = new Registry();
  registry.setDefaultLabels({ pool: pool.stats().name });
  // Of the process: memory, and the event loop's lag, which a pool is there to keep small.
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const gauge = (name, help, read) => {
    new Gauge({ name, help, registers, collect() { this.set(read(pool.stats())); } });
  };
  const counter = (name, help, read) => {
    new Counter({ name, help, registers, collect() { this.reset(); this.inc(read(pool.stats())); } });
  };
  gauge('granule_threads', 'Threads of the pool', ({ threads }) => threads);
  gauge('granule_calls_queued', 'Calls that wait for a thread', ({ queued }) => queued);
  gauge('granule_calls_running', 'Calls under way', ({ running }) => running);
  gauge('granule_utilization', 'Share of their time that threads spent in tasks', ({ utilization }) => utilization);
  counter('granule_items_completed_total', 'Items done; its rate is items a second', ({ completed }) => completed);
  counter('granule_items_failed_total', 'Items that failed', ({ failed }) => failed);
  counter('granule_threads_lost_total', 'Threads that ended by themselves', ({ lostThreads }) => lostThreads);

  for (const [name, what] of [['wait', 'waited for a thread'], ['run', 'ran']]) {
    counter(`granule_${name}_seconds_count`, `Calls that ${what}`, (stats) => stats[name].count);
    new Gauge({
      name: `granule_${name}_seconds`,
      help: `How long calls ${what}, since the start`,
      labelNames: ['quantile'],
      registers,
      collect() {
        const histogram = pool.stats()[name];
        for (const quantile of QUANTILES) this.set({ quantile }, histogram.percentile(100 * quantile) / 1e9);
      },
    });
  }
  return registry;
}
