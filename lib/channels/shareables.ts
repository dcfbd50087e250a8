/** Makes every class of this room known in granule's threads, so that what is sent arrives as what it is. */

import './queue.js';
import './simple-queue.js';
import './joinable-queue.js';
