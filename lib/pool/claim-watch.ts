/**
 * A look at this thread's claims, for the lab: it sets `watch`, runners tell it. Without one a claim costs one load
 * more, and an item nothing. Programs have `granule:chunk` (chunk-records.ts); its rings drop what is not read in time,
 * and the lab needs every claim of a call of a hundred thousand chunks.
 */
export interface ClaimWatch {
  /** Items [from, until) of the board with this serial are this runner's now. */
  begin(serial: number, from: number, until: number): void;
  /** Its end went back to the board, for others to claim: it is the runner's up to `until` only. */
  cut(until: number): void;
  /** They are done. */
  end(): void;
}

/** The thread's own. */
export const claims: { watch: ClaimWatch | undefined } = { watch: undefined };
