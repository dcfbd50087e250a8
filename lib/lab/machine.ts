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

export function describeVersions(): Record<string, string> {
  return { granule: versionIn('../../../package.json'), node: process.versions.node, v8: process.versions.v8 };
}

function versionIn(manifest: string): string {
  return (JSON.parse(readFileSync(new URL(manifest, import.meta.url), 'utf8')) as { version: string }).version;
}
