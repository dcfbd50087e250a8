/**
 * A service whose requests are CPU-bound: one pool for all of them, so that its event loop stays free.
 *
 *   node docs/examples/service/service.js --port 8080 --threads 4 --max-queue 64 --timeout 5000
 *
 * What it does when there is too much to do, when a request takes too long, when its client leaves, and when it is
 * told to end (SIGTERM) is explained in docs/guide/in-a-service.md.
 */
import { setTimeout } from 'node:timers';
import { parseArgs } from 'node:util';
import Fastify from 'fastify';
import { cpuCount, move, Pool, PoolClosedError, QueueFullError, taskModule, TimeoutError } from 'granule';
import { metricsOf } from './service.metrics.js';

const { countPrimes, halve, countWords } = taskModule(new URL('service.tasks.js', import.meta.url));
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    threads: { type: 'string', default: String(cpuCount()) },
    'max-queue': { type: 'string', default: '64' },
    timeout: { type: 'string', default: '5000' },
  },
});
const timeout = Number(values.timeout);
const pool = new Pool({ threads: Number(values.threads), maxQueue: Number(values['max-queue']), name: 'service' });
const metrics = metricsOf(pool);
const app = Fastify({ bodyLimit: 16 * 2 ** 20, requestTimeout: 30_000 });

/** Runs a task for a request: within the time that a request has, and only while its client is there. */
function run(task, args, reply) {
  const client = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) client.abort(new Error('the client has left'));
  });
  return pool.apply(task, args, { signal: client.signal, timeout });
}

const number = (minimum, maximum) => ({ type: 'integer', minimum, maximum });
const object = (properties) => ({ type: 'object', required: Object.keys(properties), properties });

app.post('/primes', { schema: { body: object({ below: number(0, 1e9) }) } }, async (request, reply) => {
  const { below } = request.body;
  return { below, primes: await run(countPrimes, [below], reply) };
});

app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/thumbnail', { schema: { querystring: object({ width: number(2, 65_536) }) } }, async (request, reply) => {
  if (!Buffer.isBuffer(request.body)) return reply.code(415).send({ message: 'send grey pixels, one byte each' });
  // A copy that is the thread's from here on: the request's own bytes may lie in a buffer that others share.
  const pixels = move(new Uint8Array(request.body));
  const small = await run(halve, [pixels, request.query.width], reply);
  return reply.type('application/octet-stream').send(Buffer.from(small.buffer));
});

app.post('/wordcount', (request, reply) => {
  if (typeof request.body !== 'string') return reply.code(415).send({ message: 'send text/plain' });
  return run(countWords, [request.body], reply);
});

app.get('/healthz', () => {
  const { threads, queued, running } = pool.stats();
  return { status: 'ok', threads, queued, running };
});

app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));

app.setErrorHandler((error, _request, reply) => {
  // Too much to do: better told now than after a wait. Retry-After is in seconds.
  if (error instanceof QueueFullError) return reply.code(503).header('retry-after', '1').send({ message: 'busy' });
  if (error instanceof PoolClosedError) return reply.code(503).send({ message: 'shutting down' });
  if (error instanceof TimeoutError) return reply.code(504).send({ message: `not done within ${timeout} ms` });
  return reply.send(error);
});

// close() takes no more connections, answers what is under way, and 503 to what comes on connections that are open.
app.addHook('onClose', async () => {
  pool.close();
  await pool.join();
});
let isEnding = false;
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    isEnding = true;
    void app.close();
    // What runs is done within its time by then. What is left are connections that never sent a whole request.
    setTimeout(() => app.server.closeAllConnections(), timeout + 1000).unref();
  });
}
// A connection that was busy then would be kept for the next request, and keep the service, for 72 s.
app.addHook('onSend', async (_request, reply) => {
  if (isEnding) reply.header('connection', 'close');
});

await pool.ready();
console.log(await app.listen({ port: Number(values.port), host: '127.0.0.1' }));
