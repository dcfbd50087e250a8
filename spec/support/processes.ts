import { afterEach, beforeEach } from '@jest/globals';
import { activeChildren } from 'granule';

let written = '';
const original = process.stderr.write;

/** Keeps what a test writes to stderr, as tracebacks are, and ends the processes that it leaves running. */
export function watchProcesses(): void {
  beforeEach(() => {
    written = '';
    process.stderr.write = (chunk: string | Uint8Array) => {
      written += String(chunk);
      return true;
    };
  });
  afterEach(async () => {
    process.stderr.write = original;
    const left = activeChildren();
    for (const child of left) child.kill();
    await Promise.all(left.map((child) => child.join()));
  });
}

/** What this test has written to stderr so far. */
export function stderr(): string {
  return written;
}

/** Room for what a process tells: fixtures/process/targets.ts, tell(). */
export function notebook(): Uint16Array<SharedArrayBuffer> {
  return new Uint16Array(new SharedArrayBuffer(4096));
}

export function read<T>(words: Uint16Array): T {
  return JSON.parse(String.fromCharCode(...words.subarray(1, 1 + words[0]))) as T;
}
