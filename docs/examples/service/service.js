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
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8080' },
    threads: { type: 'string', default: String(cpuCount()) },
    'max-queue': { type: 'string', default: '64' },
    timeout: { type: 'string', default: '5000' },
    drain: { type: 'string', default: '0' },
  },
});
/** An option that is an integer; what is none ends the program before it listens. */
function integer(name, least) {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new RangeError(`Expected --${name} to be an integer from ${least} up, got '${values[name]}'`);
}
const timeout = integer('timeout', 1);
/** For how long, told to end, it goes on answering: until the load balancer has seen /healthz. */
const drain = integer('drain', 0);
const pool = new Pool({ threads: integer('threads', 1), maxQueue: integer('max-queue', 0), name: 'service' });
const metrics = metricsOf(pool);
// Up to max-queue bodies wait in memory: each route has a limit of its own, and this is for the rest.
const app = Fastify({
  bodyLimit: 1024,
  requestTimeout: 30_000,
  logger: { level: 'warn', stream: process.stderr },
});

/** Of each connection: aborted when it closes. One listener each, however many requests it brings, also at once. */
const clients = new WeakMap();
app.server.on('connection', (socket) => {
  const client = new AbortController();
  clients.set(socket, client.signal);
  socket.once('close', () => client.abort(new Error('the client has left')));
});

/** Runs a task for a request: within the time that a request has, and only while its client is there. */
const run = (task, args, request) => pool.apply(task, args, { signal: clients.get(request.socket), timeout });

const number = (minimum, maximum) => ({ type: 'integer', minimum, maximum });
const object = (properties) => ({ type: 'object', required: Object.keys(properties), properties });

app.post('/primes', { schema: { body: object({ below: number(0, 1e9) }) } }, async (request) => {
  const { below } = request.body;
  return { below, primes: await run(countPrimes, [below], request) };
});

app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
const thumbnail = { bodyLimit: 4 * 2 ** 20, schema: { querystring: object({ width: number(2, 65_536) }) } };
app.post('/thumbnail', thumbnail, async (request, reply) => {
  const { body, query: { width } } = request;
  if (!Buffer.isBuffer(body)) return reply.code(415).send({ message: 'send grey pixels, one byte each' });
  if (body.length % width !== 0) return reply.code(400).send({ message: `send rows of ${width} pixels` });
  // A copy that is the thread's from here on: the request's own bytes may lie in a buffer that others share.
  const small = await run(halve, [move(new Uint8Array(body)), width], request);
  return reply.type('application/octet-stream').send(Buffer.from(small.buffer));
});

app.post('/wordcount', { bodyLimit: 2 ** 20 }, async (request, reply) => {
  if (typeof request.body !== 'string') return reply.code(415).send({ message: 'send text/plain' });
  return run(countWords, [request.body], request);
});

const SIGNALS = ['SIGTERM', 'SIGINT'];
let isEnding = false;
app.get('/healthz', (_request, reply) => {
  const { threads, queued, running } = pool.stats();
  return reply.code(isEnding ? 503 : 200).send({ status: isEnding ? 'ending' : 'ok', threads, queued, running });
});

app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));

/** No answer is read any more, but counted, by the status that nginx has for it. */
function gone(request, reply) {
  reply.code(499).send();
  metrics.answered(request.routeOptions.url, reply);
}

app.setErrorHandler((error, request, reply) => {
  // Too much to do: better told now than after a wait. Retry-After is in seconds.
  if (error instanceof QueueFullError) return reply.code(503).header('retry-after', '1').send({ message: 'busy' });
  if (error instanceof PoolClosedError) return reply.code(503).send({ message: 'shutting down' });
  if (error instanceof TimeoutError) return reply.code(504).send({ message: `not done within ${timeout} ms` });
  if (error === clients.get(request.socket)?.reason) return gone(request, reply);
  if (error.statusCode < 500) return reply.send(error);
  // A thread that was lost, or a mistake of ours: for the log, not for the client.
  request.log.error(error);
  return reply.code(500).send({ message: 'internal error' });
});

app.addHook('onResponse', async (request, reply) => metrics.answered(request.routeOptions.url, reply));
// A connection that is kept while it ends would be kept for the next request, and keep the service, for 72 s.
app.addHook('onSend', async (_request, reply) => {
  if (isEnding) reply.header('connection', 'close');
});
// close() takes no more connections, answers what is under way, and 503 to what comes on connections that are open.
app.addHook('onClose', async () => {
  pool.close();
  await pool.join();
});

function end() {
  void app.close();
  // What runs is done within its time by then. What is left are connections that never sent a whole request.
  setTimeout(() => app.server.closeAllConnections(), timeout + 1000).unref();
}
/** A second signal finds nobody listening, and ends the program where it stands. */
function told() {
  for (const signal of SIGNALS) process.off(signal, told);
  isEnding = true;
  setTimeout(end, drain);
}
for (const signal of SIGNALS) process.on(signal, told);

await pool.ready();
console.log(await app.listen({ port: integer('port', 0), host: values.host }));
