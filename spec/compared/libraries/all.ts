import type { Library } from '../library.js';

/** In the order of the columns. Each is loaded in a process that needs it, and only there. */
export const LIBRARIES: Readonly<Record<string, () => Promise<Library>>> = {
  granule: async () => (await import('./granule.js')).granule,
  piscina: async () => (await import('./piscina.js')).piscina,
  tinypool: async () => (await import('./tinypool.js')).tinypool,
  workerpool: async () => (await import('./workerpool.js')).workerPool,
  poolifier: async () => (await import('./poolifier.js')).poolifier,
  multithreading: async () => (await import('./multithreading.js')).multithreading,
};
