/** How messages are called forth and written down, the same on every machine and Node. */
import { tmpdir } from 'node:os';
import type { Pool } from 'granule';

/** What a user did → doing it. The error is what is thrown, what the promise rejects with, or an error returned. */
export type Provocations = Readonly<Record<string, () => unknown>>;

/** `pool` has one thread, and is there for whoever needs no other. */
export type Room = (pool: Pool) => Provocations;

export async function provoked(provoke: () => unknown): Promise<Error> {
  let outcome: unknown;
  try {
    outcome = await provoke();
  } catch (error) {
    outcome = error;
  }
  if (typeof (outcome as Partial<Error> | null | undefined)?.message === 'string') return outcome as Error;
  throw new Error(`Nothing went wrong: ${String(outcome)}`);
}

/** Without what differs from run to run: ids of threads, folders, what an engine calls a stack. */
export function written({ name, message, ...rest }: Error): string {
  const { code } = rest as { readonly code?: unknown };
  const text = message
    .replace(/ \(line \d+ column \d+\)/g, '')
    .replace(/\b([Tt]hread) -?\d+/g, '$1 5')
    .replace(/\d{10,} bytes/g, '… bytes')
    .replace(/(?:file:\/\/)?(?:[A-Z]:)?(?:[/\\][^\s/\\'"`:]+)+[/\\]([\w.-]+)/g, '…/$1')
    .replaceAll(tmpdir(), '…/tmp');
  return `${typeof code === 'string' ? `${name} ${code}` : name}: ${text}`;
}
