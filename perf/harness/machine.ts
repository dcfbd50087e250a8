import { execFileSync, type StdioOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { projectFile } from './project.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
  readonly v8: string;
  readonly python: string | undefined;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${platform()} ${release()} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    python: outputOf('python3', ['--version'])?.replace('Python ', ''),
  };
}

const MEASURED_PACKAGES = ['piscina', 'tinypool', 'workerpool', 'poolifier', 'multithreading', 'benchmark'] as const;

/** What was measured: the package and its commit, and the peers as they are installed. */
export function describeVersions(): Record<string, string> {
  const versions: Record<string, string> = { granule: versionIn(projectFile('package.json')) };
  const commit = outputOf('git', ['describe', '--always', '--dirty']);
  if (commit !== undefined) versions.commit = commit;
  for (const name of MEASURED_PACKAGES) versions[name] = versionIn(projectFile(`node_modules/${name}/package.json`));
  return versions;
}

/** Processes that wanted a core during the last minute. Near zero before a run, or its figures are of little use. */
export const load = () => loadavg()[0];

function versionIn(manifest: URL): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function outputOf(command: string, args: readonly string[]): string | undefined {
  try {
    const stdio: StdioOptions = ['ignore', 'pipe', 'ignore'];
    return execFileSync(command, args, { cwd: projectFile('.'), encoding: 'utf8', stdio }).trim();
  } catch {
    return undefined;
  }
}
