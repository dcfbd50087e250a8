import { adaptive } from './adaptive/index.js';
import { channels } from './channels/index.js';
import { chunksize } from './chunksize/index.js';
import { dispatch } from './dispatch/index.js';
import { experiments } from './experiments/index.js';
import { granularity } from './granularity/index.js';
import type { Suite } from './harness/suite.js';
import { messages } from './messages/index.js';
import { observing } from './observing/index.js';
import { piSuite } from './pi/index.js';
import { scaling } from './scaling/index.js';
import { service } from './service/index.js';
import { skew } from './skew/index.js';
import { start } from './start/index.js';
import { sync } from './sync/index.js';
import { transfer } from './transfer/index.js';

export const suites: readonly Suite[] = [
  granularity,
  chunksize,
  messages,
  experiments,
  transfer,
  skew,
  scaling,
  piSuite,
  dispatch,
  adaptive,
  sync,
  start,
  channels,
  observing,
  service,
];
