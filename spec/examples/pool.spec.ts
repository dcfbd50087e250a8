import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { readdir, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Folder, type Outcome } from '../package/folder.js';
import { example, lines } from './example.js';

let folder: Folder;

beforeAll(async () => {
  folder = await Folder.create();
});
afterAll(() => folder[Symbol.asyncDispose]());

const run = (name: string, ...args: string[]): Promise<Outcome> => example(folder, `pool/${name}`, args);

describe('pi.js', () => {
  test('estimates π, the same on any number of threads', async () => {
    const one = await run('pi.js', '1e6', '1');
    const three = await run('pi.js', '1e6', '3');
    expect(one).toMatchObject({ code: 0, stderr: '' });
    const [estimate, report] = lines(one);
    expect(Math.abs(Number(estimate.replace('π ≈ ', '')) - Math.PI)).toBeLessThan(0.01); // 6 standard errors
    expect(report).toMatch(/^1000000 points, 1 threads, \d+\.\d\d s$/);
    expect(lines(three)[0]).toBe(estimate);
  });
});

describe('primes.js', () => {
  test('counts the primes on one thread, and on all if there are more', async () => {
    const outcome = await run('primes.js', '1e5');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const [first, ...others] = lines(outcome);
    expect(first).toMatch(/^9592 primes below 100000: 1 thread, /);
    for (const line of others) expect(line).toMatch(/^9592 primes below 100000: \d+ threads, /);
  });
});

describe('granularity.js', () => {
  test('times a loop and chunks of 1, of 25 and as measured, for each size of the task', async () => {
    const outcome = await run('granularity.js', '0', '1000');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const [title, head, ...rows] = lines(outcome);
    const time = expect.any(Number);
    expect(title).toMatch(/^100 squares on \d+ threads, medians in ms$/);
    expect(head.trim().split(/\s{2,}/)).toEqual(['steps', 'loop', '100 chunks', '4 chunks', 'measured']);
    expect(rows.map((row) => row.trim().split(/\s+/).map(Number))).toEqual([
      [0, time, time, time, time],
      [1000, time, time, time, time],
    ]);
    expect(outcome.stdout).not.toContain('NaN');
  });
});

describe('word-count.js', () => {
  test('counts the words of each file, and reports one that it cannot read', async () => {
    await folder.write([
      ['sea.txt', 'The sea. The sea!\nThe open sea — it’s grown'],
      ['empty.txt', ''],
    ]);
    const outcome = await run('word-count.js', 'sea.txt', 'none.txt', 'empty.txt');
    expect(outcome.code).toBe(1);
    expect(lines(outcome)).toEqual([
      '       9  sea.txt',
      '       0  empty.txt',
      'most frequent: the (3), sea (3), open (1), it’s (1), grown (1)',
    ]);
    expect(outcome.stderr).toContain(`none.txt: ENOENT`);
    expect(outcome.stderr).not.toContain(join(folder.path, 'sea.txt'));
  });

  test('counts many files at once, in their order', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `many/${i}.txt`);
    await folder.write(names.map((name, i) => [name, 'one more word '.repeat(i)] as const));
    const outcome = await run('word-count.js', ...names);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(lines(outcome)).toEqual([
      ...names.map((name, i) => `${String(3 * i).padStart(8)}  ${name}`),
      'most frequent: one (1770), more (1770), word (1770)',
    ]);
  });

  test('says how it is called', async () => {
    const usage = 'usage: node word-count.js file…\n';
    expect(await run('word-count.js')).toEqual({ code: 2, stdout: '', stderr: usage });
  });
});

describe('crawler.js', () => {
  const pages: Readonly<Record<string, string>> = {
    '/': '<a href="/b">b</a> <a class="x" href="c?page=2#top">c</a> <a href="http://127.0.0.1:9/elsewhere">no</a>',
    '/b': '<a href="/">home</a> <a href="/gone">gone</a> <a href="mailto:nobody">nobody</a>',
    '/c?page=2': '<a href="/b">b</a> <a href="/deep/d">d — ä</a>',
    '/deep/d': 'the last',
  };
  let server: Server;
  let origin: string;
  const asked: (string | undefined)[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url);
      const page = pages[request.url ?? ''];
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(page);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  const saved = (path: string, file: string): string =>
    `${origin}${path} → ${file}, ${Buffer.byteLength(pages[path])} bytes`;

  test('saves every page of the site once, and reports one that is gone', async () => {
    asked.length = 0;
    const outcome = await run('crawler.js', `${origin}/`, 'pages');
    expect(outcome).toMatchObject({ code: 1, stderr: `${origin}/gone: 404 Not Found\n` });
    expect(lines(outcome)).toEqual([
      saved('/', 'index.html'),
      saved('/b', 'b.html'),
      saved('/c?page=2', 'c%3Fpage%3D2.html'),
      saved('/deep/d', 'deep%2Fd.html'),
      '4 pages',
    ]);
    expect(asked.sort()).toEqual(['/', '/b', '/c?page=2', '/deep/d', '/gone']);
    expect(await readdir(join(folder.path, 'pages'))).toHaveLength(4);
    expect(await readFile(join(folder.path, 'pages', 'c%3Fpage%3D2.html'), 'utf8')).toBe(pages['/c?page=2']);
  });

  test('asks for no more pages than it may', async () => {
    asked.length = 0;
    const outcome = await run('crawler.js', `${origin}/`, 'few', '2');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(asked).toEqual(['/', '/b']);
  });

  test('says how it is called', async () => {
    const usage = 'usage: node crawler.js URL folder [pages]\n';
    expect(await run('crawler.js', 'no-url', 'pages')).toEqual({ code: 2, stdout: '', stderr: usage });
  });
});

describe('commands.js', () => {
  /** A command of this Node, as commands.js takes it: spaces in a part of it stand behind a backslash. */
  const node = (...args: string[]): string =>
    [process.execPath, ...args].map((part) => part.replaceAll(' ', '\\ ')).join(' ');

  test('shows what commands print, in their order, and reports those that fail', async () => {
    await folder.write([
      ['slow.cjs', "setTimeout(() => console.log('slow'), 200);"],
      ['fails.cjs', "console.log('half'); console.error('no more'); process.exitCode = 3;"],
    ]);
    const commands = [node('slow.cjs'), node('fails.cjs'), 'no-such-command-of-any-machine', node('--version')];
    const outcome = await run('commands.js', ...commands);
    expect(outcome.code).toBe(1);
    expect(lines(outcome)).toEqual([`$ ${commands[0]}`, 'slow', `$ ${commands[3]}`, process.version]);
    expect(outcome.stderr.trimEnd().split('\n')).toEqual([
      `$ ${commands[1]}`,
      'exit code 3',
      'no more',
      `$ ${commands[2]}`,
      'spawn no-such-command-of-any-machine ENOENT',
    ]);
  });

  test('says how it is called', async () => {
    const usage = "usage: node commands.js 'command argument…'…\n";
    expect(await run('commands.js')).toEqual({ code: 2, stdout: '', stderr: usage });
  });
});
