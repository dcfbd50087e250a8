/**
 * Runs external commands from tasks, as many at a time as the pool has threads, and shows what each printed.
 *
 *     node docs/examples/pool/commands.js 'node --version' 'git log --oneline -1' 'git no-such-command'
 *
 * The commands run by execa (npm install execa), without a shell. One that fails, or is not there, is reported with
 * its exit code and what it wrote to stderr, and the others run on.
 */
import { Pool, taskModule } from 'granule';

const { run } = taskModule(new URL('./commands.tasks.js', import.meta.url));

const commands = process.argv.slice(2);
if (commands.length === 0) {
  console.error("usage: node commands.js 'command argument…'…");
  process.exit(2);
}

const pool = new Pool(4);
const results = pool.imap(run, commands, { chunksize: 1 });
for (const command of commands) {
  const { value: outcome } = await results.next();
  if (outcome.ok) {
    console.log(`$ ${command}\n${outcome.stdout}`);
  } else {
    console.error(`$ ${command}\n${outcome.why}\n${outcome.stderr}`.trimEnd());
    process.exitCode = 1;
  }
}
await pool.terminate();
