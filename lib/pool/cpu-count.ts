/**
 * How many threads the machine can run at once. Node 20 leaves a container's CPU quota out of account (libuv
 * before 1.49, libuv issue 4146); a pool of 64 threads on a quota of 2 is throttled for most of every
 * period. So the quota is read here, as later libuv does: whole CPUs, rounded down.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

let quota: number | undefined;

/**
 * Threads the machine can run at once, at least 1: its cores, within this program's CPU affinity and its
 * control group's quota. Python: `os.process_cpu_count`, which knows no quota; `multiprocessing.cpu_count`.
 */
export function cpuCount(): number {
  quota ??= process.platform === 'linux' ? cgroupCpus(readText) : Infinity;
  return Math.max(1, Math.min(availableParallelism(), quota));
}

/**
 * The tightest CPU quota over this process, in whole CPUs (at least 1); Infinity where there is none.
 * `read` gives a file's text, `undefined` where there is no such file. A quota on any ancestor of the
 * process's group binds it too.
 */
export function cgroupCpus(read: (path: string) => string | undefined): number {
  let least = Infinity;
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || group === undefined) continue;
    if (controllers === '') {
      for (const folder of ancestors('/sys/fs/cgroup', group)) {
        const [limit, period] = (read(`${folder}/cpu.max`) ?? '').trim().split(/\s+/);
        least = Math.min(least, wholeCpus(limit, period ?? '100000'));
      }
    } else if (controllers.split(',').includes('cpu')) {
      for (const folder of ancestors('/sys/fs/cgroup/cpu', group)) {
        least = Math.min(least, wholeCpus(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)));
      }
    }
  }
  return least;
}

/** The group's folder and those above it, up to the mount: in a container the mount may be the group itself. */
function ancestors(mount: string, group: string): string[] {
  const names = group.split('/').filter((name) => name !== '' && name !== '..');
  return [...names.keys(), names.length].map((depth) => [mount, ...names.slice(0, depth)].join('/'));
}

/** "max" (v2) and -1 (v1) say that there is no limit. */
function wholeCpus(limit: string | undefined, period: string | undefined): number {
  const ratio = Number(limit?.trim() || NaN) / Number(period?.trim() || NaN);
  return ratio > 0 && ratio < Infinity ? Math.max(1, Math.floor(ratio)) : Infinity;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
