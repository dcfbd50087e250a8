/**
 * The soak's command: npm run soak [-- --minutes 10] [--seed n] [--only part] [--json file]
 *
 * Exit code: 0; 1 after a violation, which is told together with the command that repeats its turn; 2 for wrong usage.
 * A whole soak, of all parts and for the default time at least, also says of each floor whether it was reached. One
 * that was missed leaves the code at 0: it says that the machine was slow, not that a promise was broken.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { table, whole } from './figures.js';
import { floorsOf, MINUTES, type Floor } from './floors.js';
import { parts } from './parts.js';
import { soak, type SoakReport } from './soak.js';

const help = `Usage: npm run soak -- [options]

  --minutes <n>   how long (default: ${MINUTES})
  --seed <n>      an integer below 2^32 (default: another each time; it is printed)
  --only <part>   this part alone, may be repeated: ${parts.map(({ name }) => name).join(', ')}
  --json <file>   writes the figures
  --help
`;

class UsageError extends Error {}

function plan(): { minutes: number; seed: number; only: readonly string[]; json: string | undefined } | 'help' {
  const { values } = parse();
  if (values.help) return 'help';
  const minutes = Number(values.minutes ?? MINUTES);
  if (!(minutes > 0)) throw new UsageError(`Expected \`--minutes\` to be a number above 0, got ${values.minutes}`);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    throw new UsageError(`Expected \`--seed\` to be an integer from 0 to 2^32 - 1, got ${values.seed}`);
  }
  for (const name of values.only ?? []) {
    if (!parts.some((part) => part.name === name)) {
      throw new UsageError(`No part '${name}'. There are: ${parts.map((part) => part.name).join(', ')}`);
    }
  }
  return { minutes, seed, only: values.only ?? [], json: values.json };
}

function parse() {
  try {
    return parseArgs({
      options: {
        minutes: { type: 'string' },
        seed: { type: 'string' },
        only: { type: 'string', multiple: true },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const shown = { at: -Infinity };
function showProgress(text: string): void {
  const now = performance.now();
  if (!process.stderr.isTTY || now - shown.at < 200) return;
  shown.at = now;
  process.stderr.write(`\r\x1b[K${text.slice(0, process.stderr.columns - 1)}`);
}

function describeReport(report: SoakReport): string {
  const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const ms = (value: number): string => (value < 10 ? value.toFixed(1) : whole(value));
  const { memoryAtStart: start, memoryAtEnd: end } = report;
  const rows: (readonly [string, string])[] = [
    ['seconds', whole(report.seconds)],
    ['turns', whole(report.turns)],
    ['threads started', whole(report.threads)],
    ...Object.entries(report.counts).sort().map(([name, count]) => [name, whole(count)] as const),
    ...Object.entries(report.spreads).sort().flatMap(([name, { median, p99, most }]) => [
      [`${name}, median`, ms(median)] as const,
      [`${name}, 99th percentile`, ms(p99)] as const,
      [`${name}, most`, ms(most)] as const,
    ]),
    ['resident memory, first round → end', `${mb(start.rss)} → ${mb(end.rss)}`],
    ['heap', `${mb(start.heap)} → ${mb(end.heap)}`],
    ['external memory', `${mb(start.external)} → ${mb(end.external)}`],
    ['violations', report.violation === undefined ? '0' : '1'],
  ];
  return table(rows);
}

function describeFloors(floors: readonly Floor[], { counts }: SoakReport): string {
  return floors
    .map(({ name, least, reached }) =>
      reached
        ? `Reached: at least ${whole(least)} ${name}`
        : `MISSED: at least ${whole(least)} ${name}, there were ${whole(counts[name] ?? 0)}. Give it more minutes`,
    )
    .join('\n');
}

async function main(): Promise<void> {
  const planned = plan();
  if (planned === 'help') {
    process.stdout.write(help);
    return;
  }
  const { minutes, seed, only, json } = planned;
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.version}`;
  process.stdout.write(`Soak: ${minutes} min, seed ${seed} (${machine})\n`);
  const chosen = parts.filter(({ name }) => only.length === 0 || only.includes(name));
  const report = await soak({ seed, milliseconds: 60_000 * minutes, parts: chosen, progress: showProgress });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  process.stdout.write(`${describeReport(report)}\n`);
  const { violation } = report;
  const isWhole = minutes >= MINUTES && chosen.length === parts.length && violation === undefined;
  const floors = isWhole ? floorsOf(report.counts) : [];
  if (isWhole) process.stdout.write(`\n${describeFloors(floors, report)}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine, ...report, floors }, null, 2)}\n`);
  if (violation === undefined) return;
  const { part, what } = violation;
  const those = (part === undefined ? only : [part]).map((name) => ` --only ${name}`).join('');
  const repeat = `npm run soak -- --minutes ${minutes} --seed ${violation.seed}${those}`;
  const message = `\nViolation in ${part ?? 'all parts together'}: ${what}\n\nTo repeat: ${repeat}\n`;
  // What has not settled, or has not ended, must not hold the command.
  process.stderr.write(message, () => process.exit(1));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
