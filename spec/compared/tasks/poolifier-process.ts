import { ClusterWorker } from 'poolifier';

new ClusterWorker(() => process.pid);
