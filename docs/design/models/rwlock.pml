/*
 * RWLock (lib/sync/rwlock.ts, rwlock-readers.ts): who writes first says that it is coming, then waits for the readers
 * that are in; who reads first counts itself, then looks for a writer. Threads read or write as often
 * as they like, with a time limit or without. With -DVICTIM, that thread may be ended between any two
 * of its steps.
 *
 * Checked: a writer is in alone (assertion); nobody waits who could go in, or, with a victim, for a
 * lock that is abandoned (invalid end state).
 *
 * -DBROKEN_NO_RECHECK   falls asleep although the epoch has changed
 * -DBROKEN_LOOK_FIRST   a reader looks for a writer, then counts itself
 * -DBROKEN_NO_WAY       a writer that gives up goes without taking its announcement back
 * -DBROKEN_NO_NEXT      a writer that leaves wakes the readers alone
 * -DBROKEN_NESTED       a reader that is in waits for the writer that waits for it (with -DNESTED)
 * -DBROKEN_STALE_WRITER takes a writer that has ended since it was read for one that ended in it (with -DVICTIM)
 * -DVICTIM              without -DTICK: a wake-up that died with its receiver is lost
 *
 * Async functions wait here as threads do: on the same three eventcounts, all of which wake all async
 * waiters (lock.pml has how). An async writer waits on READERS_GONE alone, as -DASYNC_WRITER has it.
 *
 * -DNESTED: a reader may read once more while it reads.
 *
 * Left out: several functions of one thread, the seats' taking (a thread has one from the start), reset().
 */

#ifndef READERS
#define READERS 2
#define WRITERS 1
#endif
#define THREADS (READERS + WRITERS) /* the first READERS of them read */
#define EVENTCOUNTS 3
#define WRITER_GONE 0
#define WRITER_NEXT 1
#define READERS_GONE 2
#include "eventcount.inc"

#define NONE 0
#define Coming(me) (2 * (me) + 2)
#define In(me) (2 * (me) + 3)
byte writer = NONE;
byte holds[READERS];

byte reading, writing;
bool closing; /* nobody comes and nobody gives up any more: whoever waits must get in */

#ifdef VICTIM
bool dead;
#define isAbandoned (dead && (writer == In(VICTIM) || (VICTIM < READERS && holds[VICTIM % READERS] > 0)))
#define check() lost = isAbandoned /* #checkAbandoned(): the look for who still holds it */
#else
#define check() skip
#endif

inline wakeAfterWriter() {
#ifndef BROKEN_NO_NEXT
  wakeOne(WRITER_NEXT);
  wakeAll(READERS_GONE); /* async writers */
#endif
  wakeAll(WRITER_GONE)
}

/* #writerAlive(): the writer, after sweeping away one that ended while it was coming. */
inline lookForWriter() {
#if defined(VICTIM) && VICTIM >= READERS
  do
  :: there = writer;
     if
#ifdef BROKEN_STALE_WRITER
     :: dead && there == In(VICTIM) -> d_step { lost = true; assert(writer == there) }; break
#else
     :: dead && there == In(VICTIM) ->
        lost = (writer == there);
        if :: lost -> break :: else fi
#endif
     :: dead && there == Coming(VICTIM) ->
        d_step { gone = (writer == there); if :: gone -> writer = NONE :: else fi };
        if :: gone -> gone = false; wakeAfterWriter() :: else fi
     :: else -> break
     fi
  od
#else
  there = writer
#endif
}

/* Sleeps until a wake-up, or until its time is over. */
inline sleep(ec, me) {
  sleepOn(ec, me);
  if
  :: isAwake(me)
  :: d_step { !isAwake(me) && !closing -> late = true; futex[me] = AWAKE }
#ifdef TICK
  :: timeout -> futex[me] = AWAKE
#endif
  fi
}

/* ── Reading ── */

inline leaveSeat(me) {
  d_step { holds[me]--; last = (holds[me] == 0) };
  if
  :: last -> last = false; wakeAll(READERS_GONE)
  :: else
  fi
}

/* #mayRead(): for a thread that reads already, a writer that is coming is none to wait for. */
#ifdef BROKEN_NESTED
#define mayRead(me, more) (there == NONE)
#else
#define mayRead(me, more) (there == NONE || (there % 2 == 0 && holds[me] > more))
#endif

inline tryRead(me) {
  check();
  if
  :: lost
  :: else ->
     lookForWriter();
     if
     :: lost
     :: !lost && mayRead(me, 0) ->
        holds[me]++;
#ifdef BROKEN_LOOK_FIRST
        d_step { got = true; reading++; assert(writing == 0) }
#else
        lookForWriter();
        if
        :: !lost && mayRead(me, 1) -> d_step { got = true; reading++; assert(writing == 0) }
        :: else -> leaveSeat(me)
        fi
#endif
     :: else
     fi
  fi;
  there = NONE
}

inline read(me) {
  do
  :: if :: announced -> readEpoch(WRITER_GONE, me) :: else fi;
     tryRead(me);
     if
     :: got || lost || late -> break
     :: else
     fi;
     if
     :: !announced -> announce(WRITER_GONE); announced = true
     :: else -> sleep(WRITER_GONE, me)
     fi
  od;
  if :: announced -> leave(WRITER_GONE, me); announced = false :: else fi
}

proctype Reader(byte me) {
  byte there;
  bool got, lost, late, gone, last, announced;
  {
    do
    :: closing -> break
    :: !closing ->
       read(me);
       if
       :: got ->
#ifdef NESTED
          if
          :: true
          :: true ->
             d_step { got = false; late = false };
             read(me);
             if :: got -> reading--; leaveSeat(me) :: else fi
          fi;
#endif
          reading--;
          leaveSeat(me)
       :: else
       fi;
       d_step { got = false; lost = false; late = false }
    od
#if defined(VICTIM) && VICTIM < READERS
  } unless {
    me == VICTIM && dead -> futex[me] = AWAKE
#endif
  }
}

/* ── Writing ── */

/* #come() */
inline come(me) {
  check();
  if
  :: lost
  :: else ->
     lookForWriter();
     if
     :: lost
     :: !lost && there == NONE -> d_step { got = (writer == NONE); if :: got -> writer = Coming(me) :: else fi }
     :: else -> got = (there == Coming(me))
     fi
  fi;
  there = NONE
}

inline tryWrite(me) {
  come(me);
  if :: got && holds[0] > 0 -> got = false :: else fi;
#if READERS > 1
  if :: got && holds[1] > 0 -> got = false :: else fi;
#endif
  if :: got -> d_step { isIn = true; writer = In(me); writing++; assert(writing == 1 && reading == 0) } :: else fi
}

proctype Writer(byte me) {
  byte there;
  bool got, lost, late, gone, isIn;
  {
    do
    :: closing -> break
    :: !closing ->
       tryWrite(me);
#ifdef ASYNC_WRITER
       if
       :: got || lost || me == THREADS - 1
       :: else ->
#else
       if
       :: got || lost
       :: else ->
#endif
          announce(WRITER_NEXT);
          do
          :: readEpoch(WRITER_NEXT, me);
             come(me);
             if
             :: got || lost || late -> break
             :: else
             fi;
             sleep(WRITER_NEXT, me)
          od;
          leave(WRITER_NEXT, me)
       fi;
       if
       :: isIn || lost || late
       :: else ->
          announce(READERS_GONE);
          do
          :: readEpoch(READERS_GONE, me);
             tryWrite(me);
             if
             :: got || lost || late -> break
             :: else
             fi;
             sleep(READERS_GONE, me)
          od;
          leave(READERS_GONE, me)
       fi;
       if
       :: isIn ->
          d_step { writing--; writer = NONE };
          wakeAfterWriter()
       :: else -> skip;
#ifndef BROKEN_NO_WAY
          /* #stayAway() */
          d_step { gone = (writer == Coming(me)); if :: gone -> writer = NONE :: else fi };
          if :: gone -> gone = false; wakeAfterWriter() :: else fi
#endif
       fi;
       d_step { got = false; lost = false; late = false; isIn = false }
    od
#if defined(VICTIM) && VICTIM >= READERS
  } unless {
    me == VICTIM && dead -> futex[me] = AWAKE
#endif
  }
}

init {
  atomic {
    byte thread;
    for (thread : 0 .. THREADS - 1) {
      if
      :: thread < READERS -> run Reader(thread)
      :: else -> run Writer(thread)
      fi
    };
    thread = 0
  };
#ifdef VICTIM
  if :: dead = true :: true fi;
#endif
  closing = true
}
