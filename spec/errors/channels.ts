/** Queues and pipes. */
import { MessageChannel } from 'node:worker_threads';
import { JoinableQueue, Lock, move, Pipe, Pool, Queue, type SharedArray } from 'granule';
import type { Room } from './provoke.js';

const any = (value: unknown): never => value as never;

export const channelsRoom: Room = (pool) => ({
  'new Queue(-1)': () => new Queue(-1),
  'queue.get(1) of an empty queue': () => new Queue().get(1),
  'queue.put(item, 1) into a full queue': () => {
    const queue = new Queue(1);
    queue.put(1, 1);
    queue.put(2, 1);
  },
  'queue.put() after close()': () => {
    const queue = new Queue();
    queue.close();
    queue.put(1);
  },
  'queue.get() after close()': () => {
    const queue = new Queue();
    queue.close();
    return queue.get();
  },
  'queue.put() of a function': () => {
    new Queue().put({ on: { click: () => 1 } });
  },
  'queue.put(move(bytes))': () => {
    new Queue().put({ bytes: move(new Uint8Array(8)) });
  },
  'queue.put() of a Blob': () => {
    new Queue().put({ blob: new Blob([]) });
  },
  'queue.put() of the end of a pipe': () => {
    new Queue().put({ end: Pipe()[0] });
  },
  'queue.put() in a getter of what is being put': () => {
    const queue = new Queue();
    const put = (): number => {
      queue.put({ x: 1 });
      return 1;
    };
    queue.put({
      get size() {
        return put();
      },
    });
  },
  'queue.put() of more than half of what it can have': () => {
    new Queue().put(new Uint8Array(2 ** 29 + 2 ** 20));
  },
  'queue.get() of shared memory whose thread has ended': async () => {
    const queue = new Queue<SharedArray<'i'>>();
    const own = new Pool(1);
    await own.apply(async (to: Queue) => {
      const { SharedArray } = await import('granule');
      to.put(new SharedArray('i', 1));
    }, [queue]);
    await own.terminate();
    return queue.get();
  },
  'queue.taskDone() once too often': () => {
    new JoinableQueue().taskDone();
  },

  'Pipe(5)': () => Pipe(any(5)),
  'Pipe({ dupex: true })': () => Pipe(any({ dupex: true })),
  'Pipe({ duplex: 1 })': () => Pipe({ duplex: any(1) }),
  'end.recv(1) of an empty pipe': () => Pipe()[0].recv(1),
  'end.recvAsync({ timeout: 1 }) of an empty pipe': () => Pipe()[0].recvAsync({ timeout: 1 }),
  'end.recv() after the other end was closed': () => {
    const [left, right] = Pipe();
    right.close();
    return left.recv();
  },
  'end.send() after the other end was closed': () => {
    const [left, right] = Pipe();
    right.close();
    left.send(1);
  },
  'end.send() after close()': () => {
    const [left] = Pipe();
    left.close();
    left.send(1);
  },
  'end.send() after it has moved': async () => {
    const [left] = Pipe();
    await pool.apply(() => 1, [left] as never);
    left.send(1);
  },
  'end.send() on one that only receives': () => {
    Pipe({ duplex: false })[0].send(any(1));
  },
  'end.recv() on one that only sends': () => Pipe({ duplex: false })[1].recv(),
  'end.send(value, 5)': () => {
    Pipe()[0].send({}, any(5));
  },
  'end.send(value, [memory]) of memory that is not in it': () => {
    Pipe()[0].send({}, [new Uint8Array(8)]);
  },
  'end.send() of a port that was transferred before': () => {
    const { port1 } = new MessageChannel();
    structuredClone(port1, { transfer: [port1 as never] });
    Pipe()[0].send({ port1 }, [port1]);
  },
  'end.send() of a lock in a promise': () => {
    Pipe()[0].send(Promise.resolve(new Lock()));
  },
  'end.send() of itself': () => {
    const [left] = Pipe();
    left.send(left);
  },
});
