/**
 * Loaded by the entries of granule's threads: makes every class of this room known there, so that
 * what is sent arrives as what it is.
 */

import './lock.js';
import './rlock.js';
import './rwlock.js';
import './semaphore.js';
import './bounded-semaphore.js';
import './event.js';
import './condition.js';
import './barrier.js';
