/** Every pool of every peer has as many. */
export const THREADS = 2;
