/**
 * Producer and consumers: one process puts numbers into a queue, others take them and answer with their squares.
 *
 *     node docs/examples/process/squares.js         1 to 20, two consumers
 *     node docs/examples/process/squares.js 1000 4  1 to 1000, four consumers
 *
 * The queue of numbers has room for ten, so the producer waits when it is ahead. When it closes the queue, the loops of
 * the consumers end as soon as the queue is empty.
 */
import { Process, Queue } from 'granule';

const count = Number(process.argv[2] ?? 20);
const consumers = Number(process.argv[3] ?? 2);

function produce(count, numbers) {
  for (let n = 1; n <= count; n++) numbers.put(n);
  numbers.close();
}

async function consume(name, numbers, squares) {
  for await (const n of numbers) squares.put({ name, n, square: n * n });
}

const numbers = new Queue(10);
const squares = new Queue();
const processes = [new Process({ target: produce, args: [count, numbers] })];
for (let i = 1; i <= consumers; i++) {
  processes.push(new Process({ target: consume, args: [`consumer ${i}`, numbers, squares] }));
}
for (const child of processes) child.start();

const closed = Promise.all(processes.map((child) => child.join())).then(() => squares.close());
let sum = 0;
for await (const { name, n, square } of squares) {
  console.log(`${name}: ${n}² = ${square}`);
  sum += square;
}
await closed;
console.log(`sum: ${sum}`);
process.exitCode = processes.every(({ exitcode }) => exitcode === 0) ? 0 : 1;
