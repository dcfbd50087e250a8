/** Queues whose producers and consumers end, full ones as well, and pipes of which one end does. */
import { JoinableQueue, Pipe, Queue, SimpleQueue, taskModule, type Connection } from 'granule';
import { numberIn, PUTS } from '../../../fixtures/faults/sharers.js';
import { PATIENCE, upTo, type Scenario } from './scenario.js';

const tasks = taskModule<typeof import('../../../fixtures/faults/sharers.js')>(
  new URL('../../../fixtures/faults/sharers.js', import.meta.url),
);

const MOST = 64; // items of a call
const sharedWords = (count: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * count));

function ofQueue(name: string, make: () => Queue<unknown>): Scenario {
  return {
    name,
    begin() {
      const queue = make();
      const puts = sharedWords(2 * MOST);
      const seen = sharedWords(PUTS * MOST);
      return {
        start: (pool, count, circumstances) =>
          pool.mapSettled(tasks.useQueue, upTo(count), { chunksize: 1, args: [queue, puts, seen, circumstances] }),
        async check(turn, deaths) {
          for (let left = queue.size; left > 0; left--) seen[numberIn(await queue.getAsync({ timeout: PATIENCE }))]++;
          if (!queue.empty) turn.violation(`it has ${queue.size} items more than it said`);
          let lost = 0;
          for (let item = 0; item < MOST; item += 2) {
            const [begun, ended] = [puts[2 * item], puts[2 * item + 1]];
            for (let i = 0; i < PUTS; i++) {
              const times = seen[item * PUTS + i];
              // What a thread was putting as it ended may be in or not.
              if (times > (i < begun ? 1 : 0)) turn.violation(`item ${i} of ${item} came ${times} times`);
              if (i < ended && times === 0) lost++;
            }
          }
          // What a thread had taken is gone with it, one item each.
          if (lost > deaths) turn.violation(`${lost} items were lost with ${deaths} threads`);
          await queue.putAsync(1, { timeout: PATIENCE });
          if ((await queue.getAsync({ timeout: PATIENCE })) !== 1) turn.violation('what is put is not what comes out');
        },
        done: () => puts.reduce((sum, count, i) => sum + (i % 2) * count, 0),
      };
    },
  };
}

const pipes: Scenario = {
  name: 'Pipe',
  begin() {
    const near: Connection<unknown>[] = [];
    let echoed = 0;
    let wrong: string | undefined;
    return {
      async start(pool, count, circumstances) {
        // As many at a time as there are threads: each is there for as long as its pipe.
        const outcomes: PromiseSettledResult<unknown>[] = [];
        for (let first = 0; first < count / 4; first += pool.threads) {
          const talks = upTo(pool.threads).map(async (i) => {
            const [here, there] = Pipe();
            near.push(here);
            const call = pool.apply(tasks.echo, [first + i, there, circumstances]);
            const settled = Promise.allSettled([call]);
            // The end of a thread is the end of its ends: never a wait for ever.
            try {
              for (let n = 0; n < 20; n++) {
                const sent = n % 2 === 0 ? n : { n };
                here.send(sent);
                const back = await here.recvAsync({ timeout: PATIENCE });
                if (numberIn(back) !== n) wrong = `${n} came back as ${String(back)}`;
                echoed++;
              }
            } catch (error) {
              const { name, message } = error as Error;
              if (name !== 'EOFError' && name !== 'PipeError') wrong = `it failed with ${name}: ${message}`;
            }
            here.close();
            outcomes.push(...(await settled));
          });
          await Promise.all(talks);
        }
        return outcomes;
      },
      async check(turn) {
        if (wrong !== undefined) turn.violation(wrong);
        if (near.some(({ closed }) => !closed)) turn.violation('an end is open after close()');
      },
      done: () => echoed,
    };
  },
};

export const ofChannels: readonly Scenario[] = [
  ofQueue('Queue', () => new Queue()),
  ofQueue('Queue of at most 3', () => new Queue(3)),
  ofQueue('SimpleQueue', () => new SimpleQueue()),
  ofQueue('JoinableQueue', () => new JoinableQueue(5)),
  pipes,
];
