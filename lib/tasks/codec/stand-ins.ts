/** What a message is made of (message.ts). */
import type { ErrorParts } from './errors.js';

export interface Message {
  readonly value: unknown;
  readonly standIns: readonly StandIn[];
}

export type StandIn =
  | { readonly is: 'shareable'; readonly handle: unknown }
  | CarriedStandIn
  | { readonly is: 'buffer'; readonly bytes: Uint8Array }
  | ({ readonly is: 'error' } & ErrorParts);

/** Filled in as the message is posted, for the thread that it goes to. */
export interface CarriedStandIn {
  readonly is: 'carried';
  type: string;
  data: unknown;
  transfer: readonly object[];
}
