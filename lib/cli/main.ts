#!/usr/bin/env node
/** The `granule` command. Exit codes: 0, 1 for a failure, 2 for a wrong call, 128 + n for signal n. */
import { constants } from 'node:os';
import { CommanderError } from 'commander';
import { createProgram } from './program.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // process.exit ends the threads wherever they are, and lets the progress bar put the terminal right.
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

// The reader of the pipe has seen enough: granule pi | head -1
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2; // commander has printed what there is to say
    } else {
      process.stderr.write(`granule: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
    }
  });
