import workerpool from 'workerpool';
import * as broken from './broken.js';

workerpool.worker({ ...broken });
