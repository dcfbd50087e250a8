/** The suite's tasks, as references: what granule's subjects run. Peers take the files. */
import { taskModule } from 'granule';

export const numbersFile = new URL('../tasks/numbers.js', import.meta.url);
export const ordersFile = new URL('../tasks/orders.js', import.meta.url);

export const { square, squareInPlace, nothing } = taskModule<typeof import('../tasks/numbers.js')>(numbersFile);
export const { priceOrder } = taskModule<typeof import('../tasks/orders.js')>(ordersFile);
