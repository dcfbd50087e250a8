import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Collects, lets finalizers run, and collects what they freed. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc!();
    await sleep(20);
  }
}

export const resident = (): number => process.memoryUsage.rss();

/**
 * The largest resident size of this program so far. Linux's own mark where there is one: what getrusage() tells
 * includes the parent's size at the moment it started us.
 */
export function peakResident(): number {
  try {
    const mark = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
    if (mark !== null) return Number(mark[1]) * 1024;
  } catch {
    // no /proc
  }
  return process.resourceUsage().maxRSS * 1024;
}
