/*
 * Barrier (lib/sync/barrier.ts, generations.ts): threads wait in it again and again, some of them give up, and a
 * controller aborts and resets it (not with -DALONE). With -DACTION, the last one runs the action, which may throw;
 * with more THREADS than PARTIES, somebody comes while it runs. With -DDEATHS, thread 0 may be ended between
 * any two of its steps.
 *
 * Checked, for each generation: who is let through goes after all have come and the action is done; a
 * generation is completed for all or broken for all (assertions); nobody sleeps in one that has ended
 * (invalid end state).
 *
 * -DBROKEN_NO_RECHECK   falls asleep although the epoch has changed
 * -DBROKEN_TWO_STEPS    reads the count of those who have arrived, then writes it
 * -DBROKEN_NOTE_LATE    reset() goes on to the next generation, then notes that it ended this one
 * -DBROKEN_SURE_BREAK   whoever gives up takes the generation for broken, without looking once more
 * -DBROKEN_NO_WAKE      abort() does not wake
 * -DDEATHS              without -DTICK: nobody learns that the thread that ran the action has ended
 *
 * Async functions wait here as threads do: on the same eventcount, which wakes all (lock.pml has how).
 *
 * Left out: the list of resets keeps all of them, the real one the last 32: it takes a waiter that sleeps
 * through 32 resets to get past that. The generation stops at LIMIT, so that there is an end.
 */

#ifndef THREADS
#define THREADS 2
#endif
#ifndef PARTIES
#define PARTIES 2
#endif
#ifndef LIMIT
#define LIMIT 2
#endif
#define EVENTCOUNTS 1
#include "eventcount.inc"
#if THREADS > 3
#error "eventcount.inc has room, the bits of STATE have not"
#endif

/* STATE: in its lowest 3 bits how many have arrived or, when full, who runs the action. */
#define ARRIVED 7
#define FULL 8
#define BROKEN 16
#define GENERATION 32
#define Generation(s) ((s) / GENERATION)
#define brokenIn(g) ((g) * GENERATION + BROKEN)
#define isBroken(s) (((s) & BROKEN) != 0)
#define isFull(s) (((s) & FULL) != 0)
short state;
bool wasReset[LIMIT + 4];

bool closing; /* nobody comes and nobody gives up any more */
#ifdef DEATHS
bool dead;
#else
#define dead false
#endif

/* What the checks remember. */
#define COMPLETED 1
#define BROKE 2
byte verdict[LIMIT + 4];
byte places; /* of this generation, bit by bit */

#define NO_PLACE 7

/* #exchange(); what it means for the generation is part of it. */
inline exchange(old, new, means) {
  d_step {
    ok = (state == old);
    if
    :: ok ->
       if
       :: means != 0 -> assert(verdict[Generation(old)] == 0); verdict[Generation(old)] = means; places = 0
       :: else
       fi;
       state = new
    :: else
    fi
  }
}

/* #break() */
inline break_(old) {
  exchange(old, brokenIn(Generation(old)), BROKE);
  if
#ifndef BROKEN_NO_WAKE
  :: ok -> wakeAll(0)
#endif
  :: else
  fi
}

inline takePlace(n) {
  d_step { assert((places & (1 << n)) == 0); places = places | (1 << n) }
}

/* #arrive() */
inline arrive(me) {
  do
  :: s = state;
     generation = Generation(s);
     if
     :: isBroken(s) -> threw = true; break
     :: !isBroken(s) && isFull(s) -> index = NO_PLACE; break
     :: else ->
        index = s & ARRIVED;
        if
        :: index + 1 < PARTIES ->
#ifdef BROKEN_TWO_STEPS
           state = s + 1;
           ok = true;
           takePlace(index);
#else
           d_step {
             ok = (state == s);
             if :: ok -> state = s + 1; takePlace(index) :: else fi
           };
#endif
           if :: ok -> break :: else fi
        :: else ->
#ifdef ACTION
           d_step {
             ok = (state == s);
             if :: ok -> state = generation * GENERATION + FULL + me; takePlace(index) :: else fi
           };
           if
           :: ok -> act(me); through = true; break
           :: else
           fi
#else
           exchange(s, (generation + 1) * GENERATION, COMPLETED);
           if
           :: ok -> wakeAll(0); through = true; break
           :: else
           fi
#endif
        fi
     fi
  od
}

/* #act(); the action is whatever the others do meanwhile. */
inline act(me) {
  s = generation * GENERATION + FULL + me;
  if
  :: true -> /* it throws */
     break_(s);
     threw = true
  :: true ->
     exchange(s, (generation + 1) * GENERATION, COMPLETED);
     if
     :: ok -> wakeAll(0)
     :: else -> threw = true
     fi
  fi
}

/* #hasEnded(); that a thread has ended stays true, so it is as good as one step */
inline look() {
  d_step {
    s = state;
    ended = (Generation(s) != generation || isBroken(s));
    ownerEnded = (!ended && isFull(s) && (s & ARRIVED) == 0 && dead);
    if :: ownerEnded :: else -> s = 0 fi
  };
  if
  :: ownerEnded -> break_(s); d_step { ended = true; ownerEnded = false; ok = false; s = 0 }
  :: else
  fi
}

/* #breakFor() */
inline breakForMe() {
  do
  :: s = state;
     if
     :: Generation(s) != generation || isBroken(s) -> break
     :: else ->
        break_(s);
        if :: ok -> break :: else fi
     fi
  od
}

/* Its generation is the one that fills: it may have to wait for ever. */
#define isEarly (closing && Generation(state) == generation && !isFull(state) && !isBroken(state))

proctype Party(byte me) {
  short s;
  byte generation, index;
  bool ok, threw, through, ended, ownerEnded, late;
  {
    do
    :: closing || Generation(state) >= LIMIT -> break
    :: !closing && Generation(state) < LIMIT ->
again:
       arrive(me);
       atomic { s = 0; ok = false };
       if
       :: threw || through
       :: else ->
          announce(0);
          do
          :: readEpoch(0, me);
             look();
             if
             :: ended || late -> break
             :: else
             fi;
             sleepOn(0, me);
             if
             :: isAwake(me)
             :: d_step { !isAwake(me) && !closing -> late = true; futex[me] = AWAKE }
#ifdef TICK
             :: timeout -> futex[me] = AWAKE
#endif
             :: !isAwake(me) && isEarly -> goto over
             fi
          od;
          leave(0, me);
          if
          :: !ended -> breakForMe(); ok = false
          :: else
          fi;
          /* #isOver() */
          s = state;
#ifdef BROKEN_SURE_BREAK
          if :: s == brokenIn(generation) || !ended -> threw = true :: else fi;
#else
          if :: s == brokenIn(generation) -> threw = true :: else fi;
#endif
          s = 0;
          if
          :: !threw && index == NO_PLACE -> ended = false; goto again
          :: !threw && index != NO_PLACE -> threw = wasReset[generation]
          :: else
          fi;
          if
          :: threw && index != NO_PLACE -> assert(verdict[generation] == BROKE)
          :: else
          fi
       fi;
       if
       :: !threw -> assert(verdict[generation] == COMPLETED)
       :: else
       fi;
       d_step {
         s = 0; generation = 0; index = 0;
         ok = false; threw = false; through = false; ended = false; late = false
       }
    od
#ifdef DEATHS
  } unless {
    me == 0 && dead -> futex[me] = AWAKE
#endif
  };
over:
  skip
}

/* abort() and reset() */
proctype Controller() {
  short s;
  byte generation;
  bool ok;
  do
  :: closing || Generation(state) >= LIMIT -> break
  :: !closing && Generation(state) < LIMIT ->
     do
     :: s = state;
        if
        :: isBroken(s) -> break
        :: else ->
           break_(s);
           if :: ok -> break :: else fi
        fi
     od;
     atomic { s = 0; generation = 0; ok = false }
  :: !closing && Generation(state) < LIMIT ->
     do
     :: s = state;
        generation = Generation(s);
        ok = true;
        if
        :: s == generation * GENERATION -> break
        :: s != generation * GENERATION && !isBroken(s) -> break_(s)
        :: else
        fi;
        if
        :: !ok
        :: else ->
#ifndef BROKEN_NOTE_LATE
           wasReset[generation] = true;
#endif
           exchange(brokenIn(generation), (generation + 1) * GENERATION, 0);
#ifdef BROKEN_NOTE_LATE
           wasReset[generation] = true;
#endif
           wakeAll(0);
           break
        fi
     od;
     atomic { s = 0; generation = 0; ok = false }
  od
}

init {
  atomic {
    byte thread;
    for (thread : 0 .. THREADS - 1) { run Party(thread) };
    thread = 0
#ifndef ALONE
    ; run Controller()
#endif
  };
#ifdef DEATHS
  if :: dead = true :: true fi;
#endif
  closing = true
}
