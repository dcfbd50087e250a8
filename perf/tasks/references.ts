/** Tasks of several suites, as references: what granule's subjects run. Peers take the files. */
import { taskModule } from 'granule';

export const numbersFile = new URL('./numbers.js', import.meta.url);
export const spinFile = new URL('./spin.js', import.meta.url);

export const { square, squares, squareInPlace, nothing } = taskModule<typeof import('./numbers.js')>(numbersFile);
export const { spin, spinAll } = taskModule<typeof import('./spin.js')>(spinFile);
