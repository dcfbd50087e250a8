import { taskModule } from 'granule';

export const { whoRan } = taskModule<typeof import('../tasks/who-ran.js')>(
  new URL('../tasks/who-ran.js', import.meta.url),
);
