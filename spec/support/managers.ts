import { afterEach } from '@jest/globals';
import { Manager } from 'granule';

const open: Manager[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((manager) => manager.shutdown()));
});

/** A manager for one test, ended after it. */
export async function startManager(): Promise<Manager> {
  const manager = await Manager.start();
  open.push(manager);
  return manager;
}
