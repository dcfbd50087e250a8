/*
 * Waiting in a Queue (lib/channels/queue.ts, puts.ts): producers and consumers block at ROOM and FILLED,
 * as often as they like; the queue has MAXSIZE items at most; with -DCLOSE, somebody closes it at any
 * time. With -DVICTIM, that thread may be ended between any two of its steps, with the lock or without.
 *
 * Checked: nobody waits while there is an item or room, or when the queue has been closed (invalid end
 * state).
 *
 * -DBROKEN_NO_RECHECK   falls asleep although the epoch has changed
 * -DBROKEN_WAKE_FIRST   a put wakes a consumer, then publishes
 * -DBROKEN_NO_ROOM      a take wakes no producer
 * -DBROKEN_NO_WANTED    an async put that finds the lock taken does not say so (with -DASYNC_PUT)
 * -DBROKEN_LATE_WANTED  the lock's holder looks at WANTED, then lets go (with -DASYNC_PUT)
 * -DBROKEN_CLOSE_ONE    close() wakes one of those who wait for items
 * -DBROKEN_NO_TAKEOVER  the lock of a dead producer stays locked (with -DVICTIM=0)
 * -DVICTIM              without -DTICK: a wake-up that died with its receiver, or its sender, is lost
 *
 * What is in the ring is ring.pml's subject: here a put is one step under the lock, and a take one step,
 * as each takes effect in one. Waiting for the lock is lock.pml's: here it is one step, too. -DASYNC_PUT
 * makes producer 1 an async function: it waits for no lock, and all who wait asynchronously are woken.
 * Left out: giving up.
 */

#ifndef PRODUCERS
#define PRODUCERS 2
#define CONSUMERS 1
#endif
#define THREADS (PRODUCERS + CONSUMERS)
#ifndef MAXSIZE
#define MAXSIZE 1
#endif
#define EVENTCOUNTS 3
#define FILLED 0
#define ROOM 1       /* blocked putters */
#define ROOM_ASYNC 2 /* async ones, at the same eventcount */
#include "eventcount.inc"

byte items;
bool closed;
byte lock;    /* 0, or who has it + 1 */
bool wanted;
bool closing; /* nobody comes any more */

#ifdef VICTIM
bool dead;
#define isVictim(me) ((me) == VICTIM)
#ifdef BROKEN_NO_TAKEOVER
#define isLocked (lock != 0)
#else
#define isLocked (lock != 0 && !(dead && lock == VICTIM + 1))
#endif
#else
#define isLocked (lock != 0)
#endif

inline wakeRoom() {
  wakeOne(ROOM)
#ifdef ASYNC_PUT
  ; wakeAll(ROOM_ASYNC)
#endif
}

/* Sleeps, or leaves where it may have to wait for ever. */
inline sleep(ec, me, isEarly) {
  sleepOn(ec, me);
  if
  :: isAwake(me)
  :: atomic { !isAwake(me) && closing && !closed && isEarly -> futex[me] = AWAKE }; goto over
#ifdef TICK
  :: timeout -> futex[me] = AWAKE
#endif
  fi
}

#define WAITING 0
#define DONE 1
#define REFUSED 2 /* closed */

inline letGo() {
#if defined(ASYNC_PUT) && defined(BROKEN_LATE_WANTED)
  found = wanted;
  lock = 0;
#else
  lock = 0;
  found = wanted;
#endif
  if
  :: found -> found = false; wanted = false; wakeAll(ROOM_ASYNC)
  :: else
  fi
}

/* #putLocked() */
inline putLocked() {
#ifdef BROKEN_WAKE_FIRST
  wakeOne(FILLED);
#endif
  d_step {
    if
    :: closed -> outcome = REFUSED
    :: !closed && items < MAXSIZE -> items++; outcome = DONE
    :: else
    fi
  };
  letGo();
#ifndef BROKEN_WAKE_FIRST
  if
  :: outcome == DONE -> wakeOne(FILLED)
  :: else
  fi
#endif
}

/* #put(), or #putIfFree() */
inline tryPut(me) {
#ifdef ASYNC_PUT
  if
  :: me == 1 ->
     d_step { mine = !isLocked; if :: mine -> lock = me + 1 :: else fi };
     if
     :: mine
     :: else ->
#ifndef BROKEN_NO_WANTED
        wanted = true;
#endif
        d_step { mine = !isLocked; if :: mine -> lock = me + 1 :: else fi }
     fi
  :: else -> atomic { !isLocked -> lock = me + 1; mine = true }
  fi;
#else
  atomic { !isLocked -> lock = me + 1; mine = true };
#endif
  if
  :: mine -> mine = false; putLocked()
  :: else
  fi
}

#ifdef ASYNC_PUT
#define room (me == 1 -> ROOM_ASYNC : ROOM)
#else
#define room ROOM
#endif

proctype Producer(byte me) {
  byte outcome;
  bool mine, found, announced;
  {
    do
    :: closing || outcome == REFUSED -> break
    :: !closing && outcome != REFUSED ->
       outcome = WAITING;
       do
       :: if :: announced -> readEpoch(room, me) :: else fi;
          tryPut(me);
          if
          :: outcome != WAITING -> break
          :: else
          fi;
          if
          :: !announced -> announce(room); announced = true
          :: else -> sleep(room, me, items == MAXSIZE)
          fi
       od;
       if :: announced -> leave(room, me); announced = false :: else fi
    od
#ifdef VICTIM
  } unless {
    isVictim(me) && dead -> futex[me] = AWAKE
#endif
  };
over:
  skip
}

#define EMPTY 0
#define TAKEN 1
#define ENDED 2

/* #take() */
inline take() {
  d_step {
    if
    :: items > 0 -> items--; outcome = TAKEN
    :: items == 0 && closed -> outcome = ENDED
    :: else
    fi
  };
#ifndef BROKEN_NO_ROOM
  if
  :: outcome != EMPTY -> wakeRoom()
  :: else
  fi
#endif
}

proctype Consumer(byte me) {
  byte outcome;
  bool announced;
  {
    do
    :: closing || outcome == ENDED -> break
    :: !closing && outcome != ENDED ->
       outcome = EMPTY;
       do
       :: if :: announced -> readEpoch(FILLED, me) :: else fi;
          take();
          if
          :: outcome != EMPTY -> break
          :: else
          fi;
          if
          :: !announced -> announce(FILLED); announced = true
          :: else -> sleep(FILLED, me, items == 0)
          fi
       od;
       if :: announced -> leave(FILLED, me); announced = false :: else fi
    od
#ifdef VICTIM
  } unless {
    isVictim(me) && dead -> futex[me] = AWAKE
#endif
  };
over:
  skip
}

init {
  atomic {
    byte thread;
    for (thread : 0 .. THREADS - 1) {
      if
      :: thread < PRODUCERS -> run Producer(thread)
      :: else -> run Consumer(thread)
      fi
    };
    thread = 0
  };
#ifdef VICTIM
  if :: dead = true :: true fi;
#endif
#ifdef CLOSE
  /* close() */
  closed = true;
#ifdef BROKEN_CLOSE_ONE
  wakeOne(FILLED);
#else
  wakeAll(FILLED);
#endif
  wakeAll(ROOM);
#ifdef ASYNC_PUT
  wakeAll(ROOM_ASYNC);
#endif
#endif
  closing = true
}
