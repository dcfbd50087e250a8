/**
 * The words of a queue in shared memory. README.md says who writes each, and why that is enough.
 *
 * What many threads change lies in a cache line of its own: 16 words.
 */

import { EVENTCOUNT_WORDS } from '../sync/eventcount.js';
import { MUTEX_WORDS } from '../sync/mutex.js';
import { HEADER } from '../sync/words.js';

const LINE = 16;

/** Items there may be; 0: no limit. Written once. */
export const MAXSIZE = HEADER;
/** The oldest message's position, and the ring's capacity (position.ts). */
export const HEAD = LINE;
/** Where the next message goes, and whether there will be one (position.ts). */
export const TAIL = 2 * LINE;
/** A mutex: who puts holds it. */
export const LOCK = 3 * LINE;
/** 1: an async put found the lock taken, and waits at ROOM for whoever holds it. */
export const WANTED = LOCK + MUTEX_WORDS;
/** An eventcount: a message has come, or the queue was closed. */
export const FILLED = 4 * LINE;
/** An eventcount: a message was taken, the lock that was wanted is free, or the queue was closed. */
export const ROOM = 5 * LINE;
/** A JoinableQueue's count of taskDone(), modulo 2³². */
export const DONE = 6 * LINE;
/** How often a taskDone() was the last one due. */
export const SETTLED = DONE + 1;
/** An eventcount: SETTLED has changed. */
export const ALL_DONE = DONE + 2;

const END = ALL_DONE + EVENTCOUNT_WORDS;

/** Words after the header. */
export const QUEUE_WORDS = END - HEADER;
