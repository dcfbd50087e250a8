/**
 * The least that a lock over Atomics can be, for comparison: Drepper's third mutex ("Futexes Are Tricky", 2011) with
 * a bounded spin. No owner, no timeout, no async form; whoever dies holding it stops everybody.
 */

const FREE = 0;
const HELD = 1;
const WAITED_FOR = 2;
const SPINS = 100;

export function acquire(mutex: Int32Array): void {
  if (Atomics.compareExchange(mutex, 0, FREE, HELD) === FREE) return;
  for (let i = 0; i < SPINS; i++) {
    if (Atomics.load(mutex, 0) === FREE && Atomics.compareExchange(mutex, 0, FREE, HELD) === FREE) return;
  }
  while (Atomics.exchange(mutex, 0, WAITED_FOR) !== FREE) Atomics.wait(mutex, 0, WAITED_FOR);
}

export function release(mutex: Int32Array): void {
  if (Atomics.exchange(mutex, 0, FREE) === WAITED_FOR) Atomics.notify(mutex, 0, 1);
}
