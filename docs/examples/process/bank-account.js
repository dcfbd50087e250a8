/**
 * An account, one process that pays in and one that pays out, a hundred thousand times each: is it 0 in the end?
 *
 *     node docs/examples/process/bank-account.js
 *     node docs/examples/process/bank-account.js 1e6
 *
 * `balance.value += 1` reads and writes; what the other process writes in between is lost. A lock makes one step of the
 * two, and `add()` is one step by itself. The barrier has both begin at the same time: the first would be done before
 * the second has started.
 */
import { Barrier, Lock, Process, Value } from 'granule';

const times = Number(process.argv[2] ?? 100_000);

function unguarded(balance, amount, times, start) {
  start.wait();
  for (let i = 0; i < times; i++) balance.value += amount;
}

function locked(balance, amount, times, start, lock) {
  start.wait();
  for (let i = 0; i < times; i++) {
    lock.acquire();
    try {
      balance.value += amount;
    } finally {
      lock.release();
    }
  }
}

function atomic(balance, amount, times, start) {
  start.wait();
  for (let i = 0; i < times; i++) balance.add(amount);
}

for (const [how, target] of [
  ['without a lock', unguarded],
  ['under a lock', locked],
  ['by add()', atomic],
]) {
  const balance = new Value('i', 0);
  const shared = [new Barrier(2), new Lock()];
  const deposits = new Process({ target, args: [balance, 1, times, ...shared] });
  const withdrawals = new Process({ target, args: [balance, -1, times, ...shared] });
  deposits.start();
  withdrawals.start();
  await deposits.join();
  await withdrawals.join();
  if (deposits.exitcode !== 0 || withdrawals.exitcode !== 0) process.exit(1); // stderr says why
  console.log(`${how}: ${balance.value}`);
}
