import { availableParallelism } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { cgroupCpus, cpuCount } from '#lib/pool/cpu-count.js';

/** A machine whose files are these. */
const machine = (files: Record<string, string>): number => cgroupCpus((path) => files[path]);

describe('cpuCount()', () => {
  test('is an integer from 1 up to what the system says, the same every time', () => {
    const count = cpuCount();
    expect(Number.isInteger(count)).toBe(true);
    expect(count).toBeGreaterThanOrEqual(1);
    expect(count).toBeLessThanOrEqual(availableParallelism());
    expect(cpuCount()).toBe(count);
  });
});

describe('the CPU quota of a control group', () => {
  const v2 = (quotas: Record<string, string>, group = '/'): number =>
    machine({ '/proc/self/cgroup': `0::${group}\n`, ...quotas });

  test('is none where there are no control groups, or no quota', () => {
    expect(machine({})).toBe(Infinity);
    expect(v2({})).toBe(Infinity);
    expect(v2({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' })).toBe(Infinity);
  });

  test('is the whole CPUs of cpu.max, at least 1', () => {
    expect(v2({ '/sys/fs/cgroup/cpu.max': '200000 100000\n' })).toBe(2);
    expect(v2({ '/sys/fs/cgroup/cpu.max': '250000 100000\n' })).toBe(2);
    expect(v2({ '/sys/fs/cgroup/cpu.max': '50000 100000\n' })).toBe(1);
    expect(v2({ '/sys/fs/cgroup/cpu.max': '300000' })).toBe(3);
  });

  test('is the tightest of the group and all above it', () => {
    const quotas = {
      '/sys/fs/cgroup/cpu.max': 'max 100000',
      '/sys/fs/cgroup/app.slice/cpu.max': '300000 100000',
      '/sys/fs/cgroup/app.slice/web.service/cpu.max': '800000 100000',
    };
    expect(v2(quotas, '/app.slice/web.service')).toBe(3);
    expect(v2(quotas, '/')).toBe(Infinity);
    expect(v2({ ...quotas, '/sys/fs/cgroup/cpu.max': '200000 100000' }, '/app.slice/web.service')).toBe(2);
  });

  test('is found where the container sees its own group as the mount', () => {
    expect(v2({ '/sys/fs/cgroup/cpu.max': '400000 100000' }, '/../../docker/0123')).toBe(4);
  });

  test('is read in version 1 too', () => {
    const groups = '4:memory:/docker/1\n3:cpuset:/\n2:cpu,cpuacct:/docker/1\n1:name=systemd:/docker/1\n';
    expect(machine({
      '/proc/self/cgroup': groups,
      '/sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us': '150000\n',
      '/sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us': '50000\n',
    })).toBe(3);
    expect(machine({
      '/proc/self/cgroup': groups,
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    })).toBe(Infinity);
    expect(machine({ '/proc/self/cgroup': groups })).toBe(Infinity);
  });

  test.each(['', 'max', 'nonsense', '0 0', '100000 0', '-1 100000', 'NaN NaN'])('is none for the odd %j', (text) => {
    expect(v2({ '/sys/fs/cgroup/cpu.max': text })).toBe(Infinity);
  });
});
