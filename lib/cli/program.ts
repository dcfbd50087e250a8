/** What the command line may say. What a command does is in a file of its name. */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { STREAMS } from '../../workers/kernels/pi.js';
import { integerBetween, samplesNumber } from './numbers.js';
import type { PiOptions } from './pi.js';
import { budgetOf, MOST_ITEMS, type TuneOptions } from './tune-arguments.js';

const MOST_THREADS = 1024;

/** Errors of the command line are thrown as CommanderError, after one line about them on stderr. */
export function createProgram(): Command {
  const program = new Command('granule')
    .description('Parallel compute on worker_threads.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'Print this help, or that of a command.')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(onOneLine(text)) });

  program
    .command('pi')
    .description('Estimate π by throwing points at a circle, on every core.')
    .addOption(
      new Option('-n, --samples <count>', 'points to throw, such as 1e9 or 100_000_000')
        .argParser(samplesNumber)
        .default(1e8, '1e8'),
    )
    .option('-t, --threads <count>', 'threads to use (default: one for every core)', integerBetween(1, MOST_THREADS))
    .option(
      '-s, --seed <integer>',
      'the same seed gives the same estimate, whatever the threads and the chunksize',
      integerBetween(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      0,
    )
    .option(
      '-c, --chunksize <count>',
      `streams of points that a thread takes at a time, of ${STREAMS} (default: by the samples and threads)`,
      integerBetween(1, STREAMS),
    )
    .option('--trace <file>', 'also write a timeline of the threads, which opens in https://ui.perfetto.dev')
    .option('--json', 'print one JSON object')
    .option('--progress', 'draw a progress bar on stderr (default: if it is a terminal)')
    .option('--no-progress', 'draw none')
    .addHelpText('after', '\nExample:\n  $ granule pi --samples 1e10 --seed 42')
    .action(async (options: PiOptions, command: Command) => {
      await usageErrors(command, async () => (await import('./pi.js')).estimatePi(options)); // help needs no pool
    });

  program
    .command('tune')
    .description('Measure a function in a loop and in pools: does a pool pay for it, and with which chunksize?')
    .argument('<module>', 'a file that exports the function, as a path from here')
    .argument('<export>', "the function's name; 'default' for a default export")
    .option(
      '-n, --items <count>',
      'how many (default: 10 000, or all of a file); without other words they are the numbers from 0',
      integerBetween(1, MOST_ITEMS),
    )
    .addOption(new Option('--items-from <file>', 'take the items from a JSON file, an array').conflicts('item'))
    .option('--item <json>', 'take the same item each time')
    .option('-t, --threads <n>', 'of the largest pool (default: one for every core)', integerBetween(1, MOST_THREADS))
    .addOption(
      new Option('-b, --budget <time>', 'for the measuring: 20s, 500ms, 2min')
        .argParser(budgetOf)
        .default(20_000, '20s'),
    )
    .option('-r, --report <file>', 'also write a page of HTML with charts of everything')
    .option('--json', 'print one JSON object')
    .option('--progress', 'draw a progress bar on stderr (default: if it is a terminal)')
    .option('--no-progress', 'draw none')
    .addHelpText('after', '\nExample:\n  $ granule tune ./tasks.js square --items 10000')
    .action(async (module: string, name: string, options: TuneOptions, command: Command) => {
      await usageErrors(command, async () => (await import('./tune.js')).tune(module, name, options));
    });

  return program;
}

/** What is wrong with an argument is told as commander tells it of what it parses. */
async function usageErrors(command: Command, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof InvalidArgumentError) command.error(`error: ${error.message}`);
    throw error;
  }
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Commander puts its suggestions on a line of their own, and a value may hold anything. */
function onOneLine(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, ' ');
  return `${line.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))}\n`;
}
