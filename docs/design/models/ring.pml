/*
 * The ring of Queue (lib/channels/ring.ts): two producers put under the lock, two consumers take without
 * one; the ring grows from 2 units to 4; somebody closes the queue at any time. With -DVICTIM, that thread
 * may be ended between any two of its steps, with the lock or without.
 *
 * Checked (assertions): what is taken at a position is what was put there, whole; each position is taken
 * once, in order. So nothing is delivered twice, and what was put is not lost, but for what a dead thread
 * had taken. Nothing is put after close(). And nobody is held up by a dead thread (invalid end state).
 *
 * -DBROKEN_PUBLISH_FIRST  moves TAIL, then writes the record
 * -DBROKEN_READ_LATE      moves HEAD, then reads the record
 * -DBROKEN_STORE_HEAD     a take stores HEAD instead of exchanging it
 * -DBROKEN_STORE_TAIL     a put stores TAIL instead of exchanging it
 * -DBROKEN_TAIL_TWICE     a put loads TAIL again when it has made room, and exchanges what it then finds
 * -DBROKEN_NO_LOG         the capacity is a word of its own, not a part of HEAD
 * -DBROKEN_NO_COPY        grows without moving what is in the ring
 * -DBROKEN_NO_TAKEOVER    the lock of a dead producer stays locked (with -DVICTIM=0)
 *
 * A record is one unit, META and the bytes each one step to write and to read; the header at TAIL and SEQ
 * are not there, but for the unit that they need. Waiting is not there, either (queue.pml has it): who finds
 * nothing, or no room, is held until there is some. The lock is one step (lock.pml has the real one).
 * Left out: positions that come round again.
 */

#ifndef PUTS
#define PUTS 4 /* by producer 0, */
#define MORE 1 /* by producer 1; from 5 in all on, places in the larger ring are used again */
#endif

#define LARGE 1  /* in HEAD: the ring has 4 units */
#define CLOSED 1 /* in TAIL */
#define Position(word) ((word) / 2)
#define Units(h) (2 + 2 * ((h) & LARGE))
#define Place(h, position) ((position) % Units(h))
byte head, tail;
byte meta[4], bytes[4];
byte lock; /* 0, or who has it + 1 */

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

/* What the checks remember: what was put, by position. */
byte put[PUTS + MORE + 1];

/* ── Putting ── */

/* Ring.#grow() */
inline grow() {
  d_step {
#ifndef BROKEN_NO_COPY
    at = Position(h);
    do
    :: at <= Position(t) -> /* its place stays, or is one that nobody knows yet */
       meta[at % 4] = meta[at % 2];
       bytes[at % 4] = bytes[at % 2];
       at++
    :: else -> break
    od;
    at = 0;
#endif
    ok = false
  };
  do
  :: ok -> break
  :: !ok -> d_step { ok = (head == h); if :: ok -> h = h | LARGE; head = h :: else -> h = head fi }
  od
}

proctype Producer(byte me) {
  byte h, t, at, item, left = (me == 0 -> PUTS : MORE);
  bool ok, refused;
  {
    do
    :: left == 0 || refused -> break
    :: left > 0 && !refused ->
       atomic { !isLocked && Position(tail) - Position(head) < 3 -> lock = me + 1; item = me * PUTS + left };
       t = tail;
       if
       :: t & CLOSED -> refused = true
       :: else ->
          h = head;
          if
          :: Position(t) - Position(h) + 2 > Units(h) -> grow()
          :: else
          fi;
#ifdef BROKEN_TAIL_TWICE
          t = tail;
#endif
          at = Place(h, Position(t));
#ifdef BROKEN_PUBLISH_FIRST
          d_step { ok = (tail == t); if :: ok -> put[Position(t)] = item; tail = t + 2 :: else fi };
          bytes[at] = item;
          meta[at] = item;
#else
          bytes[at] = item;
          meta[at] = item;
          d_step {
#ifdef BROKEN_STORE_TAIL
            ok = true;
#else
            ok = (tail == t);
#endif
            if :: ok -> assert(!(tail & CLOSED)); put[Position(t)] = item; tail = t + 2 :: else fi
          };
#endif
          refused = !ok
       fi;
       d_step { lock = 0; left--; h = 0; t = 0; at = 0; item = 0; ok = false }
    od
#ifdef VICTIM
  } unless {
    isVictim(me) && dead
#endif
  }
}

/* ── Taking ── */

#define isEmpty (Position(head) == Position(tail))

proctype Consumer(byte me) {
  byte h, t, at, first, second;
  bool ok, ended;
  {
    do
    :: ended -> break
    :: !ended && (!isEmpty || (tail & CLOSED)) ->
       h = head;
       t = tail;
       if
       :: Position(h) == Position(t) -> ended = ((t & CLOSED) != 0)
       :: else ->
#ifdef BROKEN_NO_LOG
          at = Place(head, Position(h));
#else
          at = Place(h, Position(h));
#endif
#ifndef BROKEN_READ_LATE
          first = meta[at];
          second = bytes[at];
#endif
          d_step {
#ifdef BROKEN_STORE_HEAD
            ok = true;
            assert(Position(head) == Position(h));
#elif defined(BROKEN_NO_LOG)
            ok = (Position(head) == Position(h));
            if :: ok -> h = head :: else fi;
#else
            ok = (head == h);
#endif
            if
            :: ok ->
               head = h + 2;
#ifndef BROKEN_READ_LATE
               assert(first == put[Position(h)] && second == first)
#endif
            :: else
            fi
          };
#ifdef BROKEN_READ_LATE
          first = meta[at];
          second = bytes[at];
          assert(!ok || (first == put[Position(h)] && second == first));
#endif
          skip
       fi;
       d_step { h = 0; t = 0; at = 0; first = 0; second = 0; ok = false }
    od
#ifdef VICTIM
  } unless {
    isVictim(me) && dead
#endif
  }
}

init {
  atomic {
    run Producer(0);
    run Producer(1);
    run Consumer(2);
    run Consumer(3)
  };
#ifdef VICTIM
  if :: dead = true :: true fi;
#endif
  tail = tail | CLOSED /* close() */
}
