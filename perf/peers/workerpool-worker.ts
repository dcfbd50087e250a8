import workerpool from 'workerpool';
import { nothing, square } from '../tasks/numbers.js';

workerpool.worker({ square, nothing });
