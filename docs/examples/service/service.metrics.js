/** What Prometheus reads of a pool. Figures are read when they are asked for: between two scrapes nothing is done. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function metricsOf(pool) {
  const registry = new Registry();
  // Of the process: memory, and the event loop's lag, which a pool is there to keep small.
  collectDefaultMetrics({ register: registry });
  const labels = { pool: pool.stats().name };
  const about = (name, help) => ({ name, help, labelNames: ['pool'], registers: [registry] });

  const gauge = (name, help, read) => {
    new Gauge({ ...about(name, help), collect() { this.set(labels, read(pool.stats())); } });
  };
  const counter = (name, help, read) => {
    new Counter({ ...about(name, help), collect() { this.reset(); this.inc(labels, read(pool.stats())); } });
  };
  gauge('granule_threads', 'Threads of the pool', ({ threads }) => threads);
  gauge('granule_calls_queued', 'Calls that wait for a thread', ({ queued }) => queued);
  gauge('granule_calls_running', 'Calls under way', ({ running }) => running);
  counter('granule_items_completed_total', 'Items done; its rate is items a second', ({ completed }) => completed);
  counter('granule_items_failed_total', 'Items that failed', ({ failed }) => failed);
  counter('granule_threads_lost_total', 'Threads that ended at a task', ({ lostThreads }) => lostThreads);

  const seconds = (name, help, read) => {
    registry.registerMetric({ name, get: () => inSeconds(name, help, labels, read(pool.stats())) });
  };
  seconds('granule_wait_seconds', 'How long calls waited for a thread', ({ wait }) => wait);
  seconds('granule_run_seconds', 'How long calls ran', ({ run }) => run);

  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took, by route and status',
    labelNames: ['route', 'status'],
    buckets: BOUNDS,
    registers: [registry],
  });
  /** The route as it was declared, never the URL: what clients make up would be a time series each. */
  const answered = (route = 'none', { statusCode, elapsedTime }) => {
    requests.observe({ route, status: statusCode }, elapsedTime / 1000);
  };
  return { contentType: registry.contentType, metrics: () => registry.metrics(), answered };
}

/** A histogram of nanoseconds (node:perf_hooks) as one of Prometheus: histogram_quantile() works over any window. */
function inSeconds(name, help, labels, histogram) {
  const { count } = histogram;
  const buckets = BOUNDS.map((bound) => {
    const value = countUpTo(histogram, bound * 1e9);
    return { metricName: `${name}_bucket`, labels: { le: bound, ...labels }, value };
  });
  const totals = [
    { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
    { metricName: `${name}_sum`, labels, value: count === 0 ? 0 : (histogram.mean * count) / 1e9 },
    { metricName: `${name}_count`, labels, value: count },
  ];
  return { name, help, type: 'histogram', aggregator: 'sum', values: [...buckets, ...totals] };
}

/** How many of the values are at most `bound`: the rank at which the percentiles pass it, by bisection. */
function countUpTo(histogram, bound) {
  let low = 0;
  let high = histogram.count;
  while (low < high) {
    const rank = Math.ceil((low + high) / 2);
    if (histogram.percentile((100 * rank) / histogram.count) <= bound) low = rank;
    else high = rank - 1;
  }
  return low;
}
