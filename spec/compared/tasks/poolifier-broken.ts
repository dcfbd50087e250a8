import { ThreadWorker } from 'poolifier';
import { echo } from './broken.js';

new ThreadWorker({ echo });
