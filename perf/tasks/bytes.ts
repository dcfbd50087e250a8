import { move } from 'granule';

export const same = (bytes: Uint8Array): Uint8Array => bytes;

export const moved = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => move(bytes);

/** Writes to shared memory, so that the caller sees it, and gives no bytes back. */
export function touch(bytes: Uint8Array): void {
  bytes[0]++;
  bytes[bytes.length - 1]++;
}
