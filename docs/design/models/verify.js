/**
 * npm run verify -- [model…] [--within seconds]
 *
 * Has Spin search each model to the end: nothing may be found in the right ones, and in each broken
 * one the mistake must be. Whatever else happens fails: an error of another kind, a search that a bound
 * cut short, a tool that is missing, and time: all of it may take two minutes.
 */

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs, promisify } from 'node:util';
import { runs } from './runs.js';

const execute = promisify(execFile);
const sources = import.meta.dirname;

const LANES = 2;
/** Of a search: steps deep, and MiB of memory. Who reaches a bound has not searched to the end, and fails. */
const DEPTH = 3_000_000;
const MEMORY = 3072;

const options = { within: { type: 'string', default: '120' } };
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const seconds = Number(values.within);
if (!(seconds > 0)) throw new RangeError(`Expected \`--within\` to be seconds above 0, got ${values.within}`);
const models = new Set(runs.map(({ model }) => model));
for (const name of positionals) {
  if (!models.has(name)) throw new RangeError(`There is no model ${name}; there are ${[...models].join(', ')}.`);
}
const chosen = runs.filter(({ model }) => positionals.length === 0 || positionals.includes(model));

for (const [tool, flag] of [['spin', '-V'], ['cc', '--version']]) {
  try {
    await execute(tool, [flag]);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.error(`${tool} is missing. The models need spin and a C compiler: apt-get install spin gcc`);
    process.exit(1);
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'granule-verify-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const begin = performance.now();
const until = begin + seconds * 1000;

/** What Spin says of one run: the states it saw, what it found, and whether it saw all there are. */
async function search({ model, flags, finds }, folder) {
  const run = (command, ...args) => {
    const timeout = Math.max(1, Math.ceil(until - performance.now()));
    return execute(command, args, { cwd: folder, timeout, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 });
  };
  const made = await run('spin', '-a', ...flags.split(' '), `${model}.pml`);
  if (made.stdout.includes('Error')) throw new Error(made.stdout);
  // What is found is found soon: there the compiler would take longer than the search.
  const optimize = finds === undefined ? '-O2' : '-O0';
  const bounds = [`-DMEMLIM=${MEMORY}`, '-DSAFETY', '-DCOLLAPSE', '-DVECTORSZ=2048'];
  // Spin's reduction is argued for neither `timeout` nor `unless`, with which threads tick and end here.
  if (/DEATHS|VICTIM/.test(flags)) bounds.push('-DNOREDUCE');
  await run('cc', '-w', optimize, ...bounds, '-o', 'pan', 'pan.c');
  const { stdout } = await run('./pan', `-m${DEPTH}`, '-w22', '-n');
  const number = (pattern) => Number(pattern.exec(stdout)?.[1] ?? NaN);
  return {
    states: number(/(\d+) states, stored/),
    errors: number(/errors: (\d+)/),
    found: /^pan:\d+: (.*?)(?: \(at depth \d+\))?$/m.exec(stdout)?.[1],
    whole: !/Search not completed|search depth too small|out of memory|-DMEMLIM bound/.test(stdout),
  };
}

/** What is wrong with that, if anything. */
function surprise({ finds }, { states, errors, found, whole }) {
  if (!(states > 0) || Number.isNaN(errors)) return 'Spin gave no result';
  if (finds === undefined) {
    if (errors > 0 || found !== undefined) return `found: ${found}`;
    return whole ? undefined : 'not searched to the end';
  }
  if (errors === 0) return `the mistake was not found`;
  return found.startsWith(finds) ? undefined : `found: ${found}, expected: ${finds}`;
}

function print(mark, { model, flags }, states, result, took) {
  const what = `${model.padEnd(10)} ${flags.replaceAll('-D', '').padEnd(54)}`;
  console.log(`${mark} ${what} ${String(states).padStart(9)}  ${result.padEnd(64)} ${took.padStart(6)}`);
}

async function verify(run, index) {
  const folder = join(scratch, String(index));
  cpSync(sources, folder, { recursive: true });
  const start = performance.now();
  let wrong;
  let seen = { states: '', found: undefined };
  try {
    seen = await search(run, folder);
    wrong = surprise(run, seen);
  } catch (error) {
    wrong = performance.now() >= until ? `not done within ${seconds} s` : String(error.stderr || error.stdout || error);
  }
  // Of a compiler that was ended, a part may still write here.
  rmSync(folder, { recursive: true, maxRetries: 10 });
  const result = wrong ?? (run.finds === undefined ? 'right' : `found: ${seen.found}`);
  print(wrong === undefined ? '✓' : '✗', run, seen.states, result, ((performance.now() - start) / 1000).toFixed(1));
  return wrong === undefined;
}

print(' ', { model: 'model', flags: 'variant' }, 'states', 'result', 's');
const queue = chosen.entries();
let surprises = 0;
async function lane() {
  for (const [index, run] of queue) if (!(await verify(run, index))) surprises++;
}
await Promise.all(Array.from({ length: LANES }, lane));

const took = ((performance.now() - begin) / 1000).toFixed(0);
const broken = chosen.filter(({ finds }) => finds !== undefined).length;
console.log(`\n${chosen.length} runs, ${broken} of them broken on purpose, in ${took} s: ${surprises} surprises`);
process.exitCode = surprises === 0 ? 0 : 1;
