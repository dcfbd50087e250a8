/** The suite's tasks, as references: what granule's subjects run. Peers take the files. */
import { taskModule } from 'granule';

export const numbersFile = new URL('../tasks/numbers.js', import.meta.url);
export const ordersFile = new URL('../tasks/orders.js', import.meta.url);
export const spinFile = new URL('../tasks/spin.js', import.meta.url);
export const piFile = new URL('../tasks/pi.js', import.meta.url);

export const { square, squareInPlace, nothing } = taskModule<typeof import('../tasks/numbers.js')>(numbersFile);
export const { priceOrder } = taskModule<typeof import('../tasks/orders.js')>(ordersFile);
export const { spin } = taskModule<typeof import('../tasks/spin.js')>(spinFile);
export const { countInside } = taskModule<typeof import('#workers/kernels/pi.js')>(
  import.meta.resolve('#workers/kernels/pi.js'),
);
export const { countInsideMathRandom } = taskModule<typeof import('#workers/kernels/pi-math-random.js')>(
  import.meta.resolve('#workers/kernels/pi-math-random.js'),
);
