/*
 * Lock (lib/sync/mutex.ts on eventcount.ts and async-waiters.ts): threads that block, threads whose
 * async functions wait, waiters that give up, and, with -DDEATHS, threads that are ended.
 *
 * Checked: never two in it; nobody sleeps on a lock that is free (invalid end state).
 *
 * -DBROKEN_NO_RECHECK      falls asleep although the epoch has changed
 * -DBROKEN_GHOST           an async waiter that gives up stays in the queue, and takes the lock
 * -DBROKEN_LATE_SEEN       an async waiter reads TURNS after its attempt
 * -DBROKEN_KEEP_TURNS      a waker takes announcements back without changing TURNS
 * -DDEATHS -DTICK          a thread may end whenever it waits; the slow tick makes up for what it took along
 * -DDEATHS                 the same without the tick: must be found wanting
 */

#ifndef BLOCKING
#define BLOCKING 2 /* threads 0 to BLOCKING - 1 block, */
#define LOOPS 1    /* the others have an event loop */
#define ROUNDS 2   /* a blocking thread's acquires */
#define WAITERS 2  /* async functions of an event loop */
#define PATIENCE 1 /* how many waits are given up, in all */
#endif
#define THREADS (BLOCKING + LOOPS)
#define EVENTCOUNTS 1
#include "eventcount.inc"

#define FREE 0
#define SEVERAL 9
byte state = FREE; /* owner + 1 */
byte inside;
byte patience = PATIENCE;

/* Async waiters: announced in the same word as the blocked ones. */
bool async;
byte turns;
byte from;            /* 0, a thread + 1, or SEVERAL */
byte queue[THREADS];  /* waiters of an event loop, which only it changes */
bool armed[THREADS];  /* a waitAsync is under way, */
bool fired[THREADS];  /* and has been woken */
bool soon[THREADS];

inline enter(me) { inside++; assert(inside == 1) }

inline wakeAsync(me) {
  if
  :: me >= BLOCKING && queue[me] > 0 && from == me + 1 -> soon[me] = true
  :: else ->
     async = false;
     from = 0;
#ifndef BROKEN_KEEP_TURNS
     turns++;
#endif
     d_step {
       fired[BLOCKING] = armed[BLOCKING];
#if LOOPS > 1
       fired[BLOCKING + 1] = armed[BLOCKING + 1]
#endif
     }
  fi
}

inline release(me) {
  inside--;
  state = FREE;
  d_step { sawAsync = async; sawSleepers = (sleepers[0] > 0) };
  if
  :: sawAsync -> wakeAsync(me)
  :: else
  fi;
  if
  :: sawSleepers ->
     epoch[0]++;
     notifyOne(0)
  :: else
  fi
}

inline attempt(me) {
  d_step {
    got = (state == FREE);
    if :: got -> state = me + 1 :: else fi
  }
}

/* ── A thread that blocks ── */
proctype Blocking(byte me) {
  byte seen, round;
  bool got, late, sawAsync, sawSleepers;
  do
  :: round == ROUNDS -> break
  :: round < ROUNDS ->
     attempt(me);
     if
     :: got
     :: else ->
        announce(0);
        do
        :: atomic { seen = epoch[0]; got = false };
           attempt(me);
           if
           :: got || late -> break
           :: else
           fi;
           sleepOn(0, me, seen);
           if
           :: isAwake(me)
           :: atomic { !isAwake(me) && patience > 0 -> patience--; late = true; sleepsOn[me] = NOBODY }
#ifdef TICK
           :: timeout -> sleepsOn[me] = NOBODY
#endif
#ifdef DEATHS
           /* Ended asleep, or right after the wake-up that it takes along. Its announcement stays. */
           :: me == 0 -> sleepsOn[me] = NOBODY; goto ended
#endif
           fi
        od;
        leave(0)
     fi;
     if
     :: got -> enter(me); release(me)
     :: else
     fi;
     atomic { round++; got = false; late = false; seen = 0 }
  od;
ended:
  skip
}

/* ── A thread with an event loop, on which async functions acquire ── */

inline announceAsync(me) {
  d_step {
    was = from;
    if :: was == 0 -> from = me + 1 :: else fi
  };
  if :: was != 0 && was != me + 1 -> from = SEVERAL :: else fi;
  async = true
}

/* AsyncWaiters.look(). The function that gets the lock holds it until the loop's later turn. */
inline look(me) {
  do
  :: queue[me] == 0 -> break
  :: else ->
#ifndef BROKEN_LATE_SEEN
     seen = turns;
#endif
     announceAsync(me);
     do
     :: queue[me] > 0 ->
        attempt(me);
        if
        :: got -> queue[me]--; holds = true
        :: else -> break
        fi
     :: else -> break
     od;
#ifdef BROKEN_LATE_SEEN
     seen = turns;
#endif
     if
     :: queue[me] == 0 || armed[me] -> break
     :: else
     fi;
     atomic {
       if
       :: turns == seen -> armed[me] = true; break
       :: else
       fi
     }
  od
}

proctype Loop(byte me) {
  byte seen, was, coming = WAITERS;
  bool got, holds, sawAsync, sawSleepers;
#ifdef BROKEN_GHOST
  bool ghost;
#endif
  do
  :: coming > 0 -> /* acquireAsync() */
     coming--;
     if
     :: queue[me] == 0 ->
        attempt(me);
        if
        :: got -> holds = true
        :: else -> queue[me]++; look(me)
        fi
     :: else -> queue[me]++
     fi
  :: fired[me] -> d_step { fired[me] = false; armed[me] = false }; look(me)
  :: soon[me] -> soon[me] = false; look(me)
  :: queue[me] > 0 && patience > 0 -> /* an abort or a timeout: it leaves the queue, whatever is under way to it */
     patience--;
#ifdef BROKEN_GHOST
     ghost = true
#else
     queue[me]--;
     look(me)
#endif
#ifdef BROKEN_GHOST
  :: holds && ghost -> holds = false; ghost = false /* nobody knows that it is held */
#endif
  :: holds ->
     holds = false;
     enter(me);
     release(me)
#ifdef TICK
  :: timeout && queue[me] > 0 -> look(me)
#endif
  :: coming == 0 && queue[me] == 0 && !holds -> break
  od
}

init {
  atomic {
    byte thread;
    for (thread : 0 .. THREADS - 1) {
      if
      :: thread < BLOCKING -> run Blocking(thread)
      :: else -> run Loop(thread)
      fi
    }
  }
}
