/*
 * Condition (lib/sync/condition.ts): threads that block, each with a seat of its own, and async
 * functions of one thread, which share a seat, wait for items; a producer adds one for each of them,
 * with a notify() for each. Waiters give up and, with -DDEATHS, a thread ends while it waits.
 *
 * The lock is one atomic step here (lock.pml has the real one), and so is what async-waiters.ts does
 * between a change of SIGNAL and an attempt.
 *
 * Checked: nobody sleeps while there is an item (invalid end state); the counts of a seat are right.
 *
 * -DBROKEN_NO_RECHECK   falls asleep although SIGNAL has changed
 * -DBROKEN_SIT_LATE     lets the lock go, then counts itself in
 * -DBROKEN_KEEP         an aborted waiter keeps the notify that reached it
 * -DDEATHS -DTICK       a blocked thread may end, notified or not; the slow tick makes up for it
 * -DDEATHS              the same without the tick: must be found wanting
 */

#ifndef BLOCKING
#define BLOCKING 2 /* threads that block: seats 0 to BLOCKING - 1 */
#define ASYNC 2    /* async functions of one thread: seat BLOCKING */
#define PATIENCE 1
#endif
#define SEATS (BLOCKING + 1)
#define ITEMS (BLOCKING + ASYNC)

byte lock; /* 0, or who holds it */
byte items;
byte patience = PATIENCE;

byte waiting[SEATS];
byte notified[SEATS];
byte signal[SEATS];
bool asleep[SEATS];
byte underWay; /* async functions that know of their notify and are on their way to the lock */
bool ended[SEATS], swept;

inline acquire(me) { atomic { lock == 0 -> lock = me } }
inline release() { lock = 0 }

inline notify(n) {
  left = n;
  do
  :: left == 0 -> break
  :: left > 0 ->
     if
     :: waiting[0] > 0 -> seat = 0
     :: waiting[1] > 0 -> seat = 1
#if SEATS > 2
     :: waiting[2] > 0 -> seat = 2
#endif
     :: else -> break
     fi;
     waiting[seat]--;
     notified[seat]++;
     signal[seat]++;
     asleep[seat] = false;
     left--
  od;
  left = 0
}

/* Passes on what the dead thread was notified of. */
inline sweep() {
  if
  :: ended[0] && !swept ->
     swept = true;
     unheard = notified[0];
     d_step { waiting[0] = 0; notified[0] = 0 };
     notify(unheard)
  :: else
  fi
}

/* Blocks as wait() does; `late` says that its time is over. */
proctype Blocking(byte me) {
  byte seen, seat, left, unheard;
  bool late, look;
  acquire(me + 1);
  do
  :: items > 0 -> items--; break
  :: items == 0 && late -> break
  :: items == 0 && !late ->
     sweep();
#ifdef BROKEN_SIT_LATE
     release();
#endif
     waiting[me]++;
     do
     ::
#ifndef BROKEN_SIT_LATE
        release();
#endif
        look = false;
        do
        :: seen = signal[me];
           if
           :: notified[me] > 0 || look || late -> break
           :: else
           fi;
           atomic {
             if
#ifdef BROKEN_NO_RECHECK
             :: true -> asleep[me] = true
#else
             :: signal[me] == seen -> asleep[me] = true
             :: else
#endif
             fi
           };
           if
           :: !asleep[me]
           :: atomic { asleep[me] && patience > 0 -> patience--; late = true; asleep[me] = false }
#ifdef TICK
           :: timeout -> asleep[me] = false; look = (ended[0] && !swept && notified[0] > 0)
#endif
#ifdef DEATHS
           :: atomic { me == 0 -> ended[me] = true; asleep[me] = false }; goto over
#endif
           fi
        od;
        acquire(me + 1);
        sweep();
        if
        :: notified[me] > 0 -> notified[me]--; break
        :: notified[me] == 0 && late -> assert(waiting[me] > 0); waiting[me]--; break
        :: else
        fi
#ifdef BROKEN_SIT_LATE
        ; release()
#endif
     od
  od;
  release();
over:
  skip
}

/* Waits as waitAsync() does; `aborted` and `late` are two ways to give up. */
proctype Async(byte me) {
  byte seat, left, unheard;
  bool late, aborted, mine;
  acquire(me + 1);
  do
  :: items > 0 -> items--; break
  :: items == 0 && late -> break
  :: items == 0 && !late ->
     sweep();
     waiting[BLOCKING]++;
     release();
     mine = false;
     if
     :: atomic { notified[BLOCKING] > underWay -> underWay++; mine = true }
     :: atomic { patience > 0 -> patience--; if :: late = true :: aborted = true fi }
     fi;
     acquire(me + 1);
     atomic { /* as far as the other function is concerned: the thread has one event loop */
       if :: mine -> underWay-- :: else fi;
       sweep();
       if
       :: notified[BLOCKING] > underWay ->
          notified[BLOCKING]--;
          if
#ifndef BROKEN_KEEP
          :: aborted -> notify(1)
#endif
          :: else
          fi
       :: else -> assert(!mine && waiting[BLOCKING] > 0); waiting[BLOCKING]--
       fi
     };
     if :: aborted -> break :: else fi
  od;
  release()
}

proctype Producer() {
  byte made, seat, left, unheard;
  do
  :: made == ITEMS -> break
  :: made < ITEMS ->
     acquire(100);
     items++;
     sweep();
     notify(1);
     release();
     made++
  od
}

init {
  atomic {
    byte one;
    for (one : 0 .. BLOCKING - 1) { run Blocking(one) }
    for (one : 0 .. ASYNC - 1) { run Async(BLOCKING + one) }
    run Producer()
  }
}
