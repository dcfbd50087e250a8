/*
 * RWLock (lib/sync/rwlock.ts): who writes first says that it is coming, then waits for the readers
 * that are in; who reads first counts itself, then looks for a writer. Threads that block, that give
 * up, and, with -DDEATHS, that end while they wait to write.
 *
 * Checked: a writer is in alone; nobody sleeps who could go in (invalid end state).
 *
 * -DBROKEN_NO_RECHECK   falls asleep although the epoch has changed
 * -DBROKEN_LOOK_FIRST   a reader looks for a writer, then counts itself
 * -DBROKEN_NO_WAY       a writer that gives up goes without taking its announcement back
 * -DDEATHS -DTICK       a coming writer may end; the slow tick makes up for what it took along
 * -DDEATHS              the same without the tick: must be found wanting
 */

#ifndef READERS
#define READERS 2
#define WRITERS 2
#define ROUNDS 1
#define PATIENCE 1
#endif
#define THREADS (READERS + WRITERS) /* the first READERS of them read */
#define EVENTCOUNTS 3
#define WRITER_GONE 0
#define WRITER_NEXT 1
#define READERS_GONE 2
#include "eventcount.inc"

#define NONE 0
#define COMING(me) (2 * (me) + 2)
#define IN(me) (2 * (me) + 3)
byte writer = NONE;
byte holds[THREADS];
bool dead[THREADS];

byte patience = PATIENCE;
byte reading, writing;

inline wakeAfterWriter() {
  wakeOne(WRITER_NEXT);
  wakeAll(READERS_GONE);
  wakeAll(WRITER_GONE)
}

/* RWLock.#writerAlive(), for which a coming writer is all that can have died here. */
inline lookForWriter() {
  do
  :: d_step {
       there = writer;
       gone = (there != NONE && dead[(there - 2) / 2])
     };
     if
     :: !gone -> break
     :: else ->
        d_step { gone = (writer == there); if :: gone -> writer = NONE :: else fi };
        if :: gone -> wakeAfterWriter() :: else fi
     fi
  od
}

inline leaveSeat(me) {
  holds[me]--;
  wakeAll(READERS_GONE)
}

inline tryRead(me) {
  got = false;
#ifdef BROKEN_LOOK_FIRST
  lookForWriter();
  if :: there == NONE -> holds[me]++; got = true :: else fi
#else
  lookForWriter();
  if
  :: there == NONE ->
     holds[me]++;
     lookForWriter();
     if
     :: there == NONE -> got = true
     :: else -> leaveSeat(me)
     fi
  :: else
  fi
#endif
}

/* RWLock.#come() */
inline come(me) {
  lookForWriter();
  if
  :: there != NONE -> got = (there == COMING(me))
  :: else -> d_step { got = (writer == NONE); if :: got -> writer = COMING(me) :: else fi }
  fi
}

inline tryWrite(me) {
  come(me);
  if
  :: got ->
     if :: holds[0] > 0 -> got = false :: else fi;
#if READERS > 1
     if :: got && holds[1] > 0 -> got = false :: else fi;
#endif
     if :: got -> writer = IN(me) :: else fi
  :: else
  fi
}

inline stayAway(me) {
  d_step { gone = (writer == COMING(me)); if :: gone -> writer = NONE :: else fi };
  if :: gone -> wakeAfterWriter() :: else fi
}

/* Sleeps on `ec` until a wake-up, or gives up. */
inline sleep(ec, me) {
  sleepOn(ec, me, seen);
  if
  :: isAwake(me)
  :: atomic { !isAwake(me) && patience > 0 -> patience--; late = true; sleepsOn[me] = NOBODY }
#ifdef TICK
  :: timeout -> sleepsOn[me] = NOBODY
#endif
#ifdef DEATHS
  :: atomic { me == THREADS - 1 -> sleepsOn[me] = NOBODY; dead[me] = true }; goto ended
#endif
  fi
}

proctype Reader(byte me) {
  byte seen, round, there;
  bool got, late, gone;
  do
  :: round == ROUNDS -> break
  :: round < ROUNDS ->
     announce(WRITER_GONE);
     do
     :: seen = epoch[WRITER_GONE];
        tryRead(me);
        if
        :: got || late -> break
        :: else
        fi;
        sleep(WRITER_GONE, me)
     od;
     leave(WRITER_GONE);
     if
     :: got ->
        atomic { reading++; assert(writing == 0) };
        reading--;
        leaveSeat(me)
     :: else
     fi;
     atomic { round++; late = false; got = false; seen = 0; there = 0; gone = false }
  od;
ended:
  skip
}

proctype Writer(byte me) {
  byte seen, round, there;
  bool got, late, gone;
  do
  :: round == ROUNDS -> break
  :: round < ROUNDS ->
     announce(WRITER_NEXT);
     do
     :: seen = epoch[WRITER_NEXT];
        come(me);
        if
        :: got || late -> break
        :: else
        fi;
        sleep(WRITER_NEXT, me)
     od;
     leave(WRITER_NEXT);
     if
     :: got ->
        announce(READERS_GONE);
        do
        :: seen = epoch[READERS_GONE];
           tryWrite(me);
           if
           :: got || late -> break
           :: else
           fi;
           sleep(READERS_GONE, me)
        od;
        leave(READERS_GONE)
     :: else
     fi;
     if
     :: got ->
        atomic { writing++; assert(writing == 1 && reading == 0) };
        writing--;
        writer = NONE;
        wakeAfterWriter()
     :: else ->
#ifndef BROKEN_NO_WAY
        stayAway(me)
#endif
     fi;
     atomic { round++; late = false; got = false; seen = 0; there = 0; gone = false }
  od;
ended:
  skip
}

init {
  atomic {
    byte thread;
    for (thread : 0 .. THREADS - 1) {
      if
      :: thread < READERS -> run Reader(thread)
      :: else -> run Writer(thread)
      fi
    }
  }
}
