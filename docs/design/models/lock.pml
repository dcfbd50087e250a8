/*
 * Lock (lib/sync/mutex.ts on eventcount.ts and async-waiters.ts): threads that block, and threads
 * with an event loop, whose async functions wait; both acquire as often as they like, with a time
 * limit or without. With -DDEATHS, thread 0 may be ended between any two of its steps.
 *
 * Checked: never two in it (assertion); nobody waits for a lock that is free, or, with deaths, for one
 * that is abandoned (invalid end state).
 *
 * -DBROKEN_NO_RECHECK      falls asleep although the epoch has changed
 * -DBROKEN_NO_TURN_RECHECK begins a waitAsync although TURNS has changed
 * -DBROKEN_LATE_ANNOUNCE   attempts, then announces itself
 * -DBROKEN_WAKE_FIRST      looks for sleepers, then frees the lock
 * -DBROKEN_TWO_STEPS       finds it free, then takes it
 * -DBROKEN_GHOST           an async waiter that gives up stays in the queue, and takes the lock
 * -DBROKEN_LATE_SEEN       an async waiter reads TURNS after its attempt
 * -DBROKEN_KEEP_TURNS      a waker takes announcements back without changing TURNS
 * -DBROKEN_STALE_OWNER     takes an owner that has ended since it was read for one that ended with the lock
 * -DDEATHS                 without -DTICK: a wake-up that died with its receiver is lost
 *
 * Left out: the bounded spin before the sleep (attempts, nothing else), timers, reset(), release by
 * another than the owner.
 */

#ifndef BLOCKING
#define BLOCKING 2 /* threads 0 to BLOCKING - 1 block, */
#define LOOPS 1    /* the others have an event loop, */
#endif
#ifndef WAITERS
#define WAITERS 2  /* where at most so many wait at a time */
#endif
#define THREADS (BLOCKING + LOOPS)
#define EVENTCOUNTS 1
#include "eventcount.inc"

#define FREE 0
byte state = FREE; /* owner + 1 */
byte inside;
bool closing;      /* nobody comes and nobody gives up any more: whoever waits must get it */
bool dead;         /* thread 0 has ended */

#if LOOPS > 0
/* SLEEPERS & 1, FROM, and where each event loop is with TURNS, which is a state as EPOCH is. */
#define SEVERAL 9
#define READ 1     /* has read TURNS, which has not changed since */
#define ARMED 2    /* a waitAsync is under way, */
#define FIRED 3    /* and has been woken */
bool async;
byte from;             /* 0, a thread + 1, or SEVERAL */
byte turn[THREADS];

inline wakeAsync() {
  async = false;
  from = 0;
#ifndef BROKEN_KEEP_TURNS
  d_step {
    for (each : BLOCKING .. THREADS - 1) { if :: turn[each] == READ -> turn[each] = 0 :: else fi };
    each = 0
  };
#endif
  d_step {
    for (each : BLOCKING .. THREADS - 1) { if :: turn[each] == ARMED -> turn[each] = FIRED :: else fi };
    each = 0
  }
}

#else
#define wakeAsync() skip
#endif

/* Eventcount.wake(1). It loads SLEEPERS twice, of which the second counts, unless the first says nobody. */
inline lookForSleepers() {
#if LOOPS > 0
  d_step { sawAsync = async; sawSleepers = (sleepers[0] > 0) }
#else
  sawSleepers = (sleepers[0] > 0)
#endif
}

inline wakeBlocked() {
  if :: sawSleepers -> changeEpoch(0); notifyOne(0) :: else fi;
  d_step { sawSleepers = false; sawAsync = false }
}

inline free() {
#ifdef BROKEN_WAKE_FIRST
  lookForSleepers();
  d_step { inside--; state = FREE }
#else
  d_step { inside--; state = FREE };
  lookForSleepers()
#endif
}

/*
 * tryLock(): `lost` is the AbandonedLockError. That thread 0 has ended stays true, so to find that, and then that STATE
 * still names it, is one step here. What STATE named before is nothing to go by: it may have let go, and ended then.
 */
inline attempt(me) {
#ifdef BROKEN_TWO_STEPS
  got = (state == FREE);
  if :: got -> d_step { state = me + 1; inside++; assert(inside == 1) } :: else fi
#else
  d_step {
    got = (state == FREE);
    if
    :: got -> state = me + 1; inside++; assert(inside == 1)
#ifdef BROKEN_STALE_OWNER
    :: else -> wasThere = (state == 1)
#else
    :: else
#endif
    fi
  }
#ifdef DEATHS
  ;
  if
#ifdef BROKEN_STALE_OWNER
  :: !got -> d_step { lost = (dead && wasThere); assert(!lost || state == 1) }
#else
  :: !got -> lost = (dead && state == 1)
#endif
  :: else
  fi
#endif
#endif
}

/* ── A thread that blocks: Mutex.lock(), unlock() ── */
proctype Blocking(byte me) {
  bool got, lost, late, sawAsync, sawSleepers;
#ifdef BROKEN_STALE_OWNER
  bool wasThere;
#endif
  {
    do
    :: closing -> break
    :: !closing ->
       attempt(me);
       if
       :: got || lost
       :: else ->
#ifndef BROKEN_LATE_ANNOUNCE
          announce(0);
#endif
          do
          :: readEpoch(0, me);
             attempt(me);
             if
             :: got || lost || late -> break
             :: else
             fi;
#ifdef BROKEN_LATE_ANNOUNCE
             announce(0);
#endif
             sleepOn(0, me);
             if
             :: isAwake(me)
             :: d_step { !isAwake(me) && !closing -> late = true; futex[me] = AWAKE }
#ifdef TICK
             :: timeout -> futex[me] = AWAKE
#endif
             fi
#ifdef BROKEN_LATE_ANNOUNCE
             ; sleepers[0]--
#endif
          od;
#ifdef BROKEN_LATE_ANNOUNCE
          futex[me] = AWAKE
#else
          leave(0, me)
#endif
       fi;
       if
       :: got ->
          free();
          if :: sawAsync -> wakeAsync() :: else fi;
          wakeBlocked()
       :: else
       fi;
       d_step { got = false; lost = false; late = false }
    od
#ifdef DEATHS
  } unless {
    me == 0 && dead -> futex[0] = AWAKE /* nobody's any more; what it announced stays */
#endif
  }
}

/* ── A thread with an event loop, on which async functions acquire ── */
#if LOOPS > 0

inline announceAsync(me) {
  d_step {
    was = from;
    if :: was == 0 -> from = me + 1 :: else fi
  };
  if :: was != 0 && was != me + 1 -> from = SEVERAL :: else fi;
  was = 0;
  async = true
}

inline readTurns(me) {
  d_step { if :: turn[me] < ARMED -> turn[me] = READ :: else fi }
}

/* AsyncWaiters.look(). The function that gets the lock holds it until a later turn of the loop. */
inline look(me) {
  do
  :: queue == 0 -> break
  :: else ->
#ifndef BROKEN_LATE_SEEN
     readTurns(me);
#endif
     announceAsync(me);
     do
     :: queue > 0 ->
        attempt(me);
        if
        :: got -> d_step { queue--; holds = true; got = false }
        :: lost -> d_step { queue = 0; lost = false }
        :: else -> break
        fi
     :: else -> break
     od;
#ifdef BROKEN_LATE_SEEN
     readTurns(me);
#endif
     if
     :: queue == 0 || turn[me] >= ARMED -> break
     :: else
     fi;
     d_step {
       if
#ifdef BROKEN_NO_TURN_RECHECK
       :: true -> turn[me] = ARMED
#else
       :: turn[me] == READ -> turn[me] = ARMED
       :: else
#endif
       fi
     };
     if
     :: turn[me] >= ARMED -> break
     :: else
     fi
  od;
  atomic { if :: turn[me] == READ -> turn[me] = 0 :: else fi }
}

proctype Loop(byte me) {
  byte queue;   /* how many wait, */
  bool soon;    /* and whether a microtask is to look */
  byte was;
  bool got, lost, holds, sawAsync, sawSleepers;
#ifdef BROKEN_GHOST
  bool ghost;
#endif
  do
  :: !closing && queue < WAITERS -> /* acquireAsync() */
     if
     :: queue == 0 -> attempt(me)
     :: else
     fi;
     if
     :: got -> d_step { holds = true; got = false }
     :: lost -> lost = false
     :: else ->
        queue++;
        if
        :: queue == 1 -> look(me)
        :: else
        fi
     fi
  :: turn[me] == FIRED -> turn[me] = 0; look(me)
  :: soon -> soon = false; look(me)
  :: !closing && queue > 0 -> /* one gives up: it leaves the queue, whatever is under way to it */
#ifdef BROKEN_GHOST
     ghost = true
#else
     queue--;
     look(me)
#endif
#ifdef BROKEN_GHOST
  :: holds && ghost -> holds = false /* nobody knows that it is held */
#endif
  :: holds ->
     holds = false;
     free();
     if
     :: sawAsync && queue > 0 && from == me + 1 -> soon = true
     :: sawAsync && !(queue > 0 && from == me + 1) -> wakeAsync()
     :: !sawAsync
     fi;
     wakeBlocked()
#ifdef TICK
  :: timeout && queue > 0 -> look(me)
#endif
  :: closing && queue == 0 && !holds && !soon -> break
  od
}
#endif

init {
  atomic {
    byte thread;
    for (thread : 0 .. THREADS - 1) {
      if
      :: thread < BLOCKING -> run Blocking(thread)
#if LOOPS > 0
      :: else -> run Loop(thread)
#endif
      fi
    };
    thread = 0
  };
#ifdef DEATHS
  if :: dead = true :: true fi;
#endif
  closing = true
}
