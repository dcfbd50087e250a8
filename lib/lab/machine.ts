import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { cpuCount } from '../pool/cpu-count.js';
import type { Machine } from './findings.js';

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: cpuCount(),
    memoryBytes: totalmem(),
    platform: `${platform()} ${release()} ${arch()}`,
    load: loadavg()[0],
  };
}

/**
 * From now on: how many cores' worth of time others have taken, on average. `undefined` for so short a time that the
 * system's clocks tell nothing of it, and where its cores are not those that this process may use.
 */
export function watchOthers(): () => number | undefined {
  const before = busyMs();
  const own = process.cpuUsage();
  const began = performance.now();
  return () => {
    const elapsed = performance.now() - began;
    if (elapsed < TELLING_MS || cpus().length !== cpuCount()) return undefined;
    const { user, system } = process.cpuUsage(own);
    return Math.max(0, (busyMs() - before - (user + system) / 1e3) / elapsed);
  };
}

/** The system counts in steps of 10 ms. */
const TELLING_MS = 250;

function busyMs(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
}

/** Of the cores: what others may take, where the threads want all. */
const SPARE = 0.2;

/** Times the cores: so many processes that want one before the measuring begins leave threads little to gain. */
const BUSY = 1.5;

/** What to say of figures that were taken on a busy machine. */
export function doubtOf({ load, cores, others }: Machine, threads: number): string | undefined {
  const on = cores === 1 ? '1 core' : `${cores} cores`;
  if (others !== undefined) {
    if (others <= SPARE * cores || others + threads <= cores) return undefined;
    const kept = `Other programs kept ${others.toFixed(1)} of ${on} busy.`;
    return `${kept} Doubt these figures, and measure again without them.`;
  }
  if (load <= BUSY * cores) return undefined;
  return (
    `The machine was busy before this began: a load of ${load.toFixed(1)} on ${on}. ` +
    'Doubt these figures, and measure again when it is idle.'
  );
}

export function describeVersions(): Record<string, string> {
  return { granule: versionIn('../../../package.json'), node: process.versions.node, v8: process.versions.v8 };
}

function versionIn(manifest: string): string {
  return (JSON.parse(readFileSync(new URL(manifest, import.meta.url), 'utf8')) as { version: string }).version;
}
