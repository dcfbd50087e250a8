#!/usr/bin/env node
/** The `granule` command. Exit codes: 0, 1 for a failure, 2 for a wrong call, 128 + n for signal n. */
import { listenToSignals } from './interrupt.js';

listenToSignals(); // before anything else is loaded

// The reader of the pipe has seen enough: granule pi | head -1
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`granule: stdout: ${error.message}\n`); // a full disk
  process.exit(1);
});
// Nobody looks at the progress: granule tune … 2>&1 | head -1
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const { createProgram } = await import('./program.js');
const { CommanderError } = await import('commander');
try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2; // commander has printed what there is to say
  } else {
    process.stderr.write(`granule: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}
