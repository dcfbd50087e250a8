/** The suite's tasks, as references: what granule's subjects run. Peers take the files. */
import { taskModule } from 'granule';

export { nothing, numbersFile, square, squareInPlace } from '../tasks/references.js';

export const ordersFile = new URL('../tasks/orders.js', import.meta.url);
export const { priceOrder } = taskModule<typeof import('../tasks/orders.js')>(ordersFile);
