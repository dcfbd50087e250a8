import { taskModule } from 'granule';

export const piFile = new URL('../tasks/pi.js', import.meta.url);

export const { countInside } = taskModule<typeof import('#workers/kernels/pi.js')>(
  import.meta.resolve('#workers/kernels/pi.js'),
);
export const { countInsideMathRandom } = taskModule<typeof import('#workers/kernels/pi-math-random.js')>(
  import.meta.resolve('#workers/kernels/pi-math-random.js'),
);
