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

/** Times the cores: so many processes that want one before the measuring begins leave threads little to gain. */
const BUSY = 1.5;

/** What to say of figures that were taken on a busy machine. */
export function doubtOf({ load, cores }: Machine): string | undefined {
  if (load <= BUSY * cores) return undefined;
  const on = cores === 1 ? '1 core' : `${cores} cores`;
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
