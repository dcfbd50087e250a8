/*
 * Condition (lib/sync/condition.ts, condition-seats.ts): threads that block, each with a seat of its own, and async
 * functions of one thread, which share a seat, wait for items; a producer adds one or two and
 * notifies as many. All of them do so as often as they like. Waiters give up; async ones also by an
 * abort. With -DDEATHS, thread 0 may be ended whenever it does not hold the lock.
 *
 * Checked: nobody sleeps while there is an item (invalid end state); the counts of a seat are those of
 * its waiters (assertions); a notify that reached somebody who was aborted or has ended reaches another.
 *
 * -DBROKEN_NO_RECHECK    falls asleep although SIGNAL has changed
 * -DBROKEN_SIGNAL_FIRST  notify changes SIGNAL, then NOTIFIED
 * -DBROKEN_SIT_LATE      lets the lock go, then counts itself in
 * -DBROKEN_KEEP          an aborted waiter keeps the notify that reached it
 * -DBROKEN_UNRESERVED    a leaving async waiter takes a notify that another already knows of
 * -DDEATHS               without -DTICK: what the dead thread was notified of is lost
 *
 * The lock is one step (lock.pml has the real one). All words but SIGNAL and NOTIFIED are read and
 * written under it alone, so what happens under it is one step as well, up to a notify, whose three
 * steps the sleepers can see.
 *
 * A notify picks any seat with waiters, which is more than the tickets allow. Left out: deaths with the
 * lock held, several conditions on one lock, a thread that both blocks and waits asynchronously.
 */

#ifndef BLOCKING
#define BLOCKING 1 /* threads that block: seats 0 to BLOCKING - 1 */
#endif
#ifndef ASYNC
#define ASYNC 2    /* async functions of one thread at a time: seat BLOCKING */
#endif
#define ITEMS 2    /* at a time */
#define SEATS (BLOCKING + 1)
#define A BLOCKING

byte lock; /* 0: free */
#define VICTIMS 1 /* thread 0 has it, */
#define ANOTHERS 2 /* another thread */
byte items;
bool closing; /* nobody comes and nobody gives up any more: as long as there are items, waiters must get them */

byte sitting[SEATS];
byte notified[SEATS];
#define waiting(s) (sitting[s] - notified[s])

/* Where a seat's thread is with SIGNAL, which counts notifies: only whether it has changed is ever asked. */
#define AWAKE 0
#define READ 1
#define ASLEEP 2 /* or has a waitAsync under way, */
#define FIRED 3  /* which has been woken */
byte futex[SEATS];

#ifdef DEATHS
bool dead, swept;
#define mustLook (dead && !swept && notified[0] > 0)
#else
#define mustLook false
#endif

/* #notify(1), by a thread that holds the lock. */
inline notify(me) {
  if
  :: atomic { waiting(0) > 0 -> seat = 0 }
#if SEATS > 1
  :: atomic { waiting(1) > 0 -> seat = 1 }
#endif
#if SEATS > 2
  :: atomic { waiting(2) > 0 -> seat = 2 }
#endif
  :: else -> seat = SEATS
  fi;
  if
  :: seat == SEATS
  :: else ->
#ifdef BROKEN_SIGNAL_FIRST
     d_step { if :: futex[seat] == READ -> futex[seat] = AWAKE :: else fi };
     notified[seat]++;
#else
     notified[seat]++;
     d_step { if :: futex[seat] == READ -> futex[seat] = AWAKE :: else fi };
#endif
     if
     :: me == A && seat == A -> soon = true
     :: else ->
        d_step {
          if
          :: futex[seat] == ASLEEP -> futex[seat] = (seat == A -> FIRED : AWAKE)
          :: else
          fi
        }
     fi
  fi;
  seat = 0
}

/* #sweep(), by a thread that has just taken the lock: passes on what the dead thread was notified of. */
inline sweep(me) {
#ifdef DEATHS
  if
  :: dead && !swept ->
     d_step { swept = true; unheard = (notified[0] > 0); sitting[0] = 0; notified[0] = 0 };
     if :: unheard -> unheard = false; notify(me) :: else fi
  :: else
  fi
#else
  skip
#endif
}

/* ── A thread that blocks: waitFor(items > 0), then takes one ── */
proctype Blocking(byte me) {
  bool late, sits, soon, unheard;
  byte seat;
  {
    do
    :: atomic { !lock && (sits || !closing) -> lock = (me == 0 -> VICTIMS : ANOTHERS) };
       sweep(me);
       atomic {
         /* #getUp() */
         if
         :: sits && notified[me] > 0 -> notified[me]--; sitting[me]--; sits = false
         :: sits && notified[me] == 0 && late -> assert(sitting[me] > 0); sitting[me]--; sits = false
         :: else
         fi;
         if
         :: sits /* it went for the lock in vain, to sweep */
         :: !sits && items > 0 -> items--
         :: !sits && items == 0 && !late ->
            sits = true;
#ifndef BROKEN_SIT_LATE
            sitting[me]++
#endif
         :: else
         fi;
         late = false;
         lock = 0
       };
#ifdef BROKEN_SIT_LATE
       if :: sits -> sitting[me]++ :: else fi;
#endif
       /* #sleep() */
       do
       :: !sits -> break
       :: sits ->
          futex[me] = READ;
          if
          :: notified[me] > 0 || mustLook || late -> break
          :: else
          fi;
#ifdef BROKEN_NO_RECHECK
          futex[me] = ASLEEP;
#else
          d_step { if :: futex[me] == READ -> futex[me] = ASLEEP :: else fi };
#endif
          if
          :: futex[me] == AWAKE
          :: d_step { futex[me] == ASLEEP && !closing -> late = true; futex[me] = AWAKE }
#ifdef TICK
          :: timeout -> futex[me] = AWAKE
#endif
          :: atomic { futex[me] == ASLEEP && closing && !lock && items == 0 ->
               assert(sitting[me] == 1) }; goto over
          fi
       od;
       atomic { futex[me] = AWAKE }
    :: closing && !sits -> break
    od
#ifdef DEATHS
  } unless {
    me == 0 && dead -> futex[me] = AWAKE
#endif
  };
over:
  skip
}

/* ── A thread with an event loop: waitForAsync(items > 0), then takes one ── */
#if ASYNC > 0

/* AsyncWaiters.look(); an attempt that succeeds sends a function on its way to the lock. */
inline look() {
  do
  :: queue == 0 -> break
  :: else ->
     d_step { if :: futex[A] < ASLEEP -> futex[A] = READ :: else fi };
     do
     :: queue > 0 && notified[A] > underWay -> d_step { underWay++; queue-- }
     :: queue > 0 && notified[A] <= underWay && mustLook -> d_step { looking++; queue-- }
     :: else -> break
     od;
     if
     :: queue == 0 || futex[A] >= ASLEEP -> break
     :: else
     fi;
     d_step {
       if
#ifdef BROKEN_NO_RECHECK
       :: true -> futex[A] = ASLEEP
#else
       :: futex[A] == READ -> futex[A] = ASLEEP
       :: else
#endif
       fi
     };
     if
     :: futex[A] >= ASLEEP -> break
     :: else
     fi
  od;
  atomic { if :: futex[A] == READ -> futex[A] = AWAKE :: else fi }
}

/* waitForAsync()'s next turn, with the lock held: takes an item, or waits, or leaves. */
inline takeOrWait(stays) {
  atomic {
    if
    :: items > 0 -> items--; lock = 0
    :: items == 0 && stays -> sitting[A]++; queue++; lock = 0; first = (queue == 1)
    :: else -> lock = 0
    fi
  };
  if
  :: first -> first = false; look()
  :: else
  fi
}

#ifdef BROKEN_UNRESERVED
#define reserved 0
#else
#define reserved underWay
#endif

proctype Loop() {
  byte queue;    /* in AsyncWaiters */
  byte underWay; /* on their way to the lock, each with a notify, */
  byte late;     /* because their time was over, */
  byte aborted;  /* because of an abort, */
  byte looking;  /* to sweep */
  bool soon, first, reached, unheard;
  byte seat;
  do
  :: atomic { !closing && !lock && queue + underWay + late + aborted + looking < ASYNC -> lock = ANOTHERS };
     sweep(A);
     takeOrWait(true)
  :: futex[A] == FIRED -> futex[A] = AWAKE; look()
  :: soon -> soon = false; look()
  :: !closing && queue > 0 -> d_step { queue--; late++ }; look()
  :: !closing && queue > 0 -> d_step { queue--; aborted++ }; look()
  :: atomic { !lock && underWay > 0 -> lock = ANOTHERS };
     underWay--;
     sweep(A);
     atomic { assert(notified[A] > underWay); notified[A]--; sitting[A]-- };
     takeOrWait(true)
  :: atomic { !lock && late > 0 -> lock = ANOTHERS };
     late--;
     sweep(A);
     atomic {
       if
       :: notified[A] > reserved -> notified[A]--; sitting[A]--
       :: else -> assert(waiting(A) > 0); sitting[A]--
       fi
     };
     takeOrWait(false)
  :: atomic { !lock && aborted > 0 -> lock = ANOTHERS };
     aborted--;
     sweep(A);
     atomic {
       if
       :: notified[A] > reserved -> notified[A]--; sitting[A]--; reached = true
       :: else -> assert(waiting(A) > 0); sitting[A]--; reached = false
       fi
     };
     if
#ifndef BROKEN_KEEP
     :: reached -> reached = false; notify(A)
#endif
     :: else -> reached = false
     fi;
     lock = 0
#ifdef DEATHS
  :: atomic { !lock && looking > 0 -> lock = ANOTHERS };
     looking--;
     sweep(A);
     atomic {
       if
       :: notified[A] > reserved -> notified[A]--; sitting[A]--; reached = true
       :: else
       fi
     };
     if
     :: reached -> reached = false; takeOrWait(true)
     :: else -> d_step { queue++; lock = 0 }; if :: queue == 1 -> look() :: else fi
     fi
#endif
#ifdef TICK
  :: timeout && queue > 0 -> look()
#endif
  :: atomic { closing && !lock && items == 0 ->
       assert(sitting[A] == queue + underWay + late + aborted + looking) }; break
  :: closing && queue + underWay + late + aborted + looking == 0 && !soon && futex[A] != FIRED -> break
  od
}
#endif

proctype Producer() {
  bool soon;
  bool unheard;
  byte seat, left;
  do
  :: atomic { !closing && !lock && items < ITEMS -> lock = ANOTHERS; left = 1; items++;
              if :: items < ITEMS -> left++; items++ :: true fi };
     sweep(SEATS);
     do
     :: left == 0 -> break
     :: left > 0 -> notify(SEATS); left--
     od;
     lock = 0
  :: closing -> break
  od
}

init {
  atomic {
    byte one;
    for (one : 0 .. BLOCKING - 1) { run Blocking(one) };
    one = 0;
#if ASYNC > 0
    run Loop();
#endif
    run Producer()
  };
#ifdef DEATHS
  if :: atomic { lock != VICTIMS -> dead = true } :: true fi;
#endif
  closing = true
}
