/** docs/examples/service as a process of its own, over loopback. */
import { afterEach, describe, expect, test } from '@jest/globals';
import autocannon from 'autocannon';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Trial division up to here takes minutes: a call that something else has to end. */
const FOR_EVER = 1e9;

const PROGRAM = 'docs/examples/service/service.js';
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/service/${name}`, import.meta.url));

class Service {
  private constructor(
    readonly url: string,
    readonly child: ChildProcess,
    /** Its exit code, or the signal that ended it. */
    readonly ended: Promise<number | string>,
  ) {}

  static start(...options: string[]): Promise<Service> {
    return Service.run(PROGRAM, '--port', '0', ...options);
  }

  /** Of a program that prints its address. */
  static async run(...args: string[]): Promise<Service> {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const ended = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => code ?? signal!);
    const line = once(createInterface(child.stdout!), 'line').then(([first]: string[]) => first);
    const url = await Promise.race([line, ended.then((how) => Promise.reject(new Error(`ended: ${how}`)))]);
    const service = new Service(url, child, ended);
    services.push(service);
    return service;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** A connection that says this, and then nothing. */
  async connection(says: string): Promise<Socket> {
    const socket = connect(Number(new URL(this.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(says);
    return socket;
  }

  post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    type: string,
    signal: AbortSignal | null = null,
  ): Promise<Response> {
    return fetch(this.url + path, { method: 'POST', body, headers: { 'content-type': type }, signal });
  }
  primes(below: number, signal?: AbortSignal): Promise<Response> {
    return this.post('/primes', JSON.stringify({ below }), 'application/json', signal);
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name}\\{.*\\} (.*)$`, 'm').exec(text)?.[1]);
  }
  /** 50 connections that ask for primes, `amount` times in all. */
  load(below: number, primes: number, amount: number): Promise<autocannon.Result> {
    return autocannon({
      url: `${this.url}/primes`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ below }),
      expectBody: JSON.stringify({ below, primes }),
      connections: 50,
      amount,
      timeout: 120,
    });
  }
  /** How long the event loop was kept busy, in nanoseconds, since the last time: of a program that has lateness.js. */
  async lateness(): Promise<number> {
    const answer = once(this.child, 'message');
    this.child.send('how late?');
    const [{ p99 }] = (await answer) as [{ p99: number }];
    return p99;
  }
  async reaches(name: string, value: number): Promise<void> {
    while ((await this.metric(name)) !== value);
  }
  /** Whether it is seen to have the value before `end` has settled. */
  async reachesBefore(end: Promise<unknown>, name: string, value: number): Promise<boolean> {
    let isOver = false;
    void end.then(() => (isOver = true));
    while (!isOver) if ((await this.metric(name)) === value) return true;
    return false;
  }
}

const services: Service[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) {
    service.kill('SIGKILL');
    await service.ended;
  }
});

describe('service.js', () => {
  test('answers from its threads, and refuses what it cannot read', async () => {
    const service = await Service.start('--threads', '2');
    expect(await (await service.primes(100)).json()).toEqual({ below: 100, primes: 25 });

    const pixels = Uint8Array.from([0, 10, 100, 100, 20, 30, 100, 100]);
    const small = await service.post('/thumbnail?width=4', pixels, 'application/octet-stream');
    expect([...new Uint8Array(await small.arrayBuffer())]).toEqual([15, 100]);

    const words = await service.post('/wordcount', 'The sea. The sea! The end', 'text/plain');
    expect(await words.json()).toEqual({ words: 6, distinct: 3, top: [['the', 3], ['sea', 2], ['end', 1]] });

    const refused = [
      service.primes(-1),
      service.post('/primes', '{', 'application/json'),
      service.post('/thumbnail', pixels, 'application/octet-stream'),
      service.post('/thumbnail?width=5', pixels, 'application/octet-stream'),
      service.post('/wordcount', '{}', 'application/json'),
      service.post('/primes', JSON.stringify({ below: 100, padding: 'x'.repeat(2000) }), 'application/json'),
    ];
    expect((await Promise.all(refused)).map(({ status }) => status)).toEqual([400, 400, 400, 400, 415, 413]);
  });

  test('tells its health, and its figures as Prometheus reads them', async () => {
    const service = await Service.start('--threads', '1');
    const health = await fetch(`${service.url}/healthz`);
    expect(await health.json()).toEqual({ status: 'ok', threads: 1, queued: 0, running: 0 });
    await service.primes(1000);
    const metrics = await fetch(`${service.url}/metrics`);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await metrics.text()).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect(await service.metric('granule_items_completed_total')).toBe(1);
    expect(await service.metric('granule_run_seconds_count')).toBe(1);
    expect(await service.metric('granule_run_seconds_sum')).toBeGreaterThan(0);
    expect(await service.metric('granule_threads_lost_total')).toBe(0);
  });

  test('counts requests by the route as it was declared, whatever clients ask for', async () => {
    const service = await Service.start('--threads', '1');
    await service.primes(10);
    for (const path of ['/one', '/two', '/primes?three']) await fetch(service.url + path);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    const counts = text.matchAll(/^http_request_duration_seconds_count\{route="(.*)",status="(.*)"\} (\d+)$/gm);
    expect(Array.from(counts, ([, ...count]) => count)).toEqual([['/primes', '200', '1'], ['none', '404', '3']]);
  });

  test('has histograms whose buckets add up', async () => {
    const service = await Service.start('--threads', '1');
    for (let n = 0; n < 20; n++) await service.primes(2000 * n);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    for (const name of ['granule_wait_seconds', 'granule_run_seconds']) {
      expect(text).toMatch(new RegExp(`^# TYPE ${name} histogram$`, 'm'));
      const lines = text.matchAll(new RegExp(`^${name}_bucket{le="([^"]+)",pool="service"} (\\d+)$`, 'gm'));
      const number = (text: string): number => Number(text.replace('+Inf', 'Infinity'));
      const buckets = Array.from(lines, ([, bound, count]) => [number(bound), number(count)]);
      expect(buckets.length).toBeGreaterThan(10);
      expect(buckets).toEqual(buckets.toSorted(([a], [b]) => a - b));
      expect(buckets).toEqual(buckets.toSorted(([, a], [, b]) => a - b));
      expect(buckets.at(-1)).toEqual([Infinity, 20]);
      expect(await service.metric(`${name}_count`)).toBe(20);
    }
    // Each name has one type.
    const types = Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name);
    expect(new Set(types).size).toBe(types.length);
  });

  test('has 503 and Retry-After for more than it may queue', async () => {
    const service = await Service.start('--threads', '1', '--max-queue', '0', '--timeout', '120000');
    const client = new AbortController();
    const first = service.primes(FOR_EVER, client.signal).catch(() => 'left');
    await service.reaches('granule_calls_running', 1);
    const second = await service.primes(10);
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    client.abort();
    expect(await first).toBe('left');
  });

  test('has 504 for a request that takes too long, and goes on', async () => {
    const service = await Service.start('--threads', '1', '--timeout', '5000');
    expect((await service.primes(FOR_EVER)).status).toBe(504);
    await service.reaches('granule_calls_running', 0);
    expect((await service.primes(10)).status).toBe(200);
  });

  test('ends the task of a client that has left', async () => {
    const service = await Service.start('--threads', '1', '--timeout', '120000');
    const client = new AbortController();
    const request = service.primes(FOR_EVER, client.signal).catch(() => 'left');
    await service.reaches('granule_calls_running', 1);
    client.abort();
    expect(await request).toBe('left');
    await service.reaches('granule_calls_running', 0);
    // The only thread is free again.
    expect(await (await service.primes(10)).json()).toEqual({ below: 10, primes: 4 });
  });

  test('ends all tasks of a client that asked for several on one connection and has left', async () => {
    const service = await Service.start('--threads', '1', '--timeout', '120000');
    const body = JSON.stringify({ below: FOR_EVER });
    const head = `POST /primes HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
    const client = await service.connection(`${head}\r\n\r\n${body}`.repeat(3));
    await service.reaches('granule_calls_queued', 2);
    client.destroy();
    await service.reaches('granule_calls_queued', 0);
    await service.reaches('granule_calls_running', 0);
    expect(await service.metric('granule_threads_lost_total')).toBe(0);
  });

  test('told to end, says so to a load balancer while it goes on answering', async () => {
    const service = await Service.start('--threads', '1', '--drain', '100000');
    service.kill('SIGTERM');
    const health = async (): Promise<number> => (await fetch(`${service.url}/healthz`)).status;
    while ((await health()) !== 503);
    expect((await service.primes(10)).status).toBe(200);
    service.kill('SIGINT'); // a second signal, of either kind
    expect(await service.ended).toBe('SIGINT');
  });

  test('told to end, finishes what runs, refuses what comes, and exits with 0', async () => {
    const service = await Service.start('--threads', '1', '--timeout', '120000');
    // On a busy machine a request may be answered before it is seen to run: then a longer one.
    const works = [[1_500_000, 114_155], [6_000_000, 412_849], [24_000_000, 1_507_122]].values();
    let below: number, primes: number, request: Promise<Response>;
    do {
      [below, primes] = works.next().value!;
      request = service.primes(below);
    } while (!(await service.reachesBefore(request, 'granule_calls_running', 1)));
    service.kill('SIGTERM');
    const isRefused = (): Promise<boolean> =>
      fetch(`${service.url}/healthz`).then(({ status }) => status === 503, () => true);
    while (!(await isRefused()));
    const response = await request;
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ below, primes });
    expect(await service.ended).toBe(0);
  });

  test('loses no request under fifty connections', async () => {
    const service = await Service.start('--threads', '2', '--timeout', '120000');
    const result = await service.load(5000, 669, 2000);
    expect(result).toMatchObject({ '2xx': 2000, non2xx: 0, errors: 0, timeouts: 0, mismatches: 0 });
    expect(await service.metric('granule_items_completed_total')).toBe(2000);
    service.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  test('told to end, waits for no connection that has not asked for anything', async () => {
    const service = await Service.start('--threads', '1', '--timeout', '500');
    const head = 'POST /wordcount HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\n';
    const halves = ['', 'GET /healthz HT', `${head}half`];
    const connections = await Promise.all(halves.map((says) => service.connection(says)));
    // The connections are there before this is answered.
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    service.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    for (const connection of connections) connection.destroy();
  });

  test('keeps its event loop free where the same work done inline holds it up', async () => {
    const late = async ([below, primes]: readonly [number, number], ...program: string[]): Promise<number> => {
      const service = await Service.run('--import', fixture('lateness.js'), ...program);
      await service.load(below, primes, 50);
      await service.lateness();
      const { '2xx': answered } = await service.load(below, primes, 100);
      expect(answered).toBe(100);
      const lateness = await service.lateness();
      service.kill('SIGKILL');
      return lateness;
    };
    // Both are of one round, their ratio about a hundredth. What else a thread does for a moment weighs less the longer
    // requests compute, and so does what a virtual machine is held up: so again with more, if need be.
    let ratio = Infinity;
    for (const work of [[150_000, 13_848], [300_000, 25_997], [600_000, 49_098]] as const) {
      const pool = await late(work, PROGRAM, '--port', '0', '--threads', '2', '--timeout', '120000');
      ratio = pool / (await late(work, fixture('inline.js')));
      if (ratio <= 1 / 10) break;
    }
    expect(ratio).toBeLessThanOrEqual(1 / 10);
  });
});
