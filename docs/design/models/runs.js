/**
 * What `npm run verify` runs: each model as the code is, in one or more configurations, and each of its
 * mistakes, in a small configuration that suffices, with how Spin must find it. Largest searches first.
 */

/** A thread that sleeps for ever. */
export const ASLEEP = 'invalid end state';
/** A check that fails, such as two in a lock. */
export const ASSERTION = 'assertion violated';

const right = (model, ...configurations) => configurations.map((flags) => ({ model, flags, finds: undefined }));
const broken = (model, mistakes) => Object.entries(mistakes).map(([flags, finds]) => ({ model, flags, finds }));

export const runs = [
  ...right('lock', '-DBLOCKING=2 -DLOOPS=1 -DWAITERS=2', '-DBLOCKING=0 -DLOOPS=2 -DWAITERS=2'),
  ...right('condition', '-DBLOCKING=1 -DASYNC=2'),
  ...right('rwlock', '-DREADERS=2 -DWRITERS=1 -DNESTED', '-DREADERS=1 -DWRITERS=2'),
  ...right('rwlock', '-DREADERS=1 -DWRITERS=2 -DASYNC_WRITER'),
  ...right('barrier', '-DTHREADS=3 -DPARTIES=2 -DACTION -DALONE', '-DTHREADS=2 -DPARTIES=2 -DACTION'),
  ...right('barrier', '-DTHREADS=2 -DPARTIES=2', '-DTHREADS=3 -DPARTIES=3 -DALONE'),

  ...right('lock', '-DBLOCKING=3 -DLOOPS=0 -DDEATHS -DTICK', '-DBLOCKING=1 -DLOOPS=1 -DDEATHS -DTICK'),
  ...right('rwlock', '-DREADERS=1 -DWRITERS=1 -DVICTIM=0 -DTICK', '-DREADERS=1 -DWRITERS=1 -DVICTIM=1 -DTICK'),
  ...right('condition', '-DBLOCKING=3 -DASYNC=0', '-DBLOCKING=2 -DASYNC=0 -DDEATHS -DTICK'),
  ...right('condition', '-DBLOCKING=1 -DASYNC=1 -DDEATHS -DTICK'),
  ...right('barrier', '-DTHREADS=2 -DPARTIES=2 -DACTION -DALONE -DDEATHS -DTICK'),

  ...broken('lock', {
    '-DBLOCKING=2 -DLOOPS=0 -DBROKEN_NO_RECHECK': ASLEEP,
    '-DBLOCKING=2 -DLOOPS=0 -DBROKEN_LATE_ANNOUNCE': ASLEEP,
    '-DBLOCKING=2 -DLOOPS=0 -DBROKEN_WAKE_FIRST': ASLEEP,
    '-DBLOCKING=2 -DLOOPS=0 -DBROKEN_TWO_STEPS': ASSERTION,
    '-DBLOCKING=1 -DLOOPS=1 -DBROKEN_NO_TURN_RECHECK': ASLEEP,
    '-DBLOCKING=1 -DLOOPS=1 -DBROKEN_GHOST': ASLEEP,
    '-DBLOCKING=1 -DLOOPS=1 -DBROKEN_LATE_SEEN': ASLEEP,
    '-DBLOCKING=1 -DLOOPS=1 -DBROKEN_KEEP_TURNS': ASLEEP,
    '-DBLOCKING=3 -DLOOPS=0 -DDEATHS': ASLEEP,
  }),
  ...broken('rwlock', {
    '-DREADERS=1 -DWRITERS=1 -DBROKEN_NO_RECHECK': ASLEEP,
    '-DREADERS=1 -DWRITERS=1 -DBROKEN_LOOK_FIRST': ASSERTION,
    '-DREADERS=1 -DWRITERS=1 -DBROKEN_NO_WAY': ASLEEP,
    '-DREADERS=1 -DWRITERS=2 -DBROKEN_NO_NEXT': ASLEEP,
    '-DREADERS=1 -DWRITERS=1 -DNESTED -DBROKEN_NESTED': ASLEEP,
    '-DREADERS=1 -DWRITERS=1 -DVICTIM=0': ASLEEP,
    '-DREADERS=1 -DWRITERS=1 -DVICTIM=1': ASLEEP,
  }),
  ...broken('condition', {
    '-DBLOCKING=2 -DASYNC=0 -DBROKEN_NO_RECHECK': ASLEEP,
    '-DBLOCKING=2 -DASYNC=0 -DBROKEN_SIGNAL_FIRST': ASLEEP,
    '-DBLOCKING=2 -DASYNC=0 -DBROKEN_SIT_LATE': ASLEEP,
    '-DBLOCKING=1 -DASYNC=1 -DBROKEN_NO_RECHECK': ASLEEP,
    '-DBLOCKING=1 -DASYNC=2 -DBROKEN_KEEP': ASLEEP,
    '-DBLOCKING=1 -DASYNC=2 -DBROKEN_UNRESERVED': ASSERTION,
    '-DBLOCKING=2 -DASYNC=0 -DDEATHS': ASLEEP,
  }),
  ...broken('barrier', {
    '-DTHREADS=2 -DPARTIES=2 -DBROKEN_NO_RECHECK': ASLEEP,
    '-DTHREADS=2 -DPARTIES=2 -DBROKEN_NO_WAKE': ASLEEP,
    '-DTHREADS=2 -DPARTIES=2 -DBROKEN_TWO_STEPS': ASSERTION,
    '-DTHREADS=2 -DPARTIES=2 -DBROKEN_NOTE_LATE': ASSERTION,
    '-DTHREADS=2 -DPARTIES=2 -DBROKEN_SURE_BREAK': ASSERTION,
    '-DTHREADS=2 -DPARTIES=2 -DACTION -DALONE -DDEATHS': ASLEEP,
  }),
];
