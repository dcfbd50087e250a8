/** The task of commands.js. */
import { execa, parseCommandString } from 'execa';

export async function run(command) {
  const [file, ...args] = parseCommandString(command);
  const { failed, exitCode, stdout, stderr, originalMessage } = await execa(file, args, { reject: false });
  const why = exitCode === undefined ? originalMessage : `exit code ${exitCode}`;
  return { ok: !failed, stdout, stderr, why };
}
