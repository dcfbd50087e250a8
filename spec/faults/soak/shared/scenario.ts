/** What several threads do with one shared object while they end, and what must hold of it afterwards. */
import type { Pool } from 'granule';
import type { Circumstances } from '../../../fixtures/faults/sharers.js';
import type { Turn } from '../part.js';

export interface Scenario {
  readonly name: string;
  begin(random: Turn['random']): Attempt;
}

export interface Attempt {
  /** Items of one call. An error other than the loss of its thread is a violation. */
  start(pool: Pool, count: number, circumstances: Circumstances): Promise<PromiseSettledResult<unknown>[]>;
  /** With all of them settled: no lock stays held, nothing is lost that `deaths` do not explain. */
  check(turn: Turn, deaths: number): Promise<void>;
  /** How much was done, for the report. */
  done(): number;
}

/** The most a healthy object takes to be had, on a machine that is busy with other things. */
export const PATIENCE = 60_000;

export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
