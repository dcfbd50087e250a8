/**
 * Loaded by the entries of granule's threads: makes every class of this room, and of sync/, known there,
 * so that what is sent arrives as what it is.
 */

import '../sync/shareables.js';
import './value.js';
import './shared-array.js';
import './shared-memory.js';
import './shareable-list.js';
