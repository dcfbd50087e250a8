/** Processes and managers. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Manager, move, Process, taskModule } from 'granule';
import { Ending } from '../fixtures/errors/classes.js';
import type { Room } from './provoke.js';

const here = (name: string): URL => new URL(`../fixtures/${name}`, import.meta.url);
const { nap } = taskModule<typeof import('../fixtures/errors/tasks.js')>(here('errors/tasks.js'));
const { unreachable } = taskModule<typeof import('../fixtures/process/never-loads.js')>(here('process/never-loads.js'));
const { work } = taskModule<{ work(): void }>(here('process/starts-as-it-loads.js'));
const any = (value: unknown): never => value as never;

/** The error that ended it; what it writes to stderr is not shown. */
async function errorOf(process: Process): Promise<Error> {
  process.start();
  await process.join();
  return process.error!;
}

async function ended(process: Process): Promise<Process> {
  process.start();
  await process.join();
  return process;
}

class Nameless extends Process {}
class Elsewhere extends Process {
  static override readonly module = 'looping.js';
  override run(): void {}
}
class Nowhere extends Process {
  static override readonly module = new URL('./nowhere.js', import.meta.url).href;
  override run(): void {}
}
class Hidden extends Process {
  static override readonly module = here('errors/tasks.js').href;
  override run(): void {}
}

export const processRoom: Room = () => ({
  'new Process(5)': () => new Process(any(5)),
  'new Process(task, [1])': () => new Process(any(nap)),
  'new Process({ target: 5 })': () => new Process({ target: any(5) }),
  "new Process({ name: '' })": () => new Process({ name: '' }),
  'new Process({ args: 5 })': () => new Process({ args: any(5) }),
  'new Process({ args: 65,536 of them })': () => new Process({ args: Array.from({ length: 65_536 }) }),
  'new Process({ daemon: 1 })': () => new Process({ daemon: any(1) }),
  'process.join() before start()': () => new Process({ name: 'worker' }).join(),
  'process.start() twice': async () => {
    const process = await ended(new Process({ name: 'worker', target: () => undefined }));
    process.start();
  },
  'process.daemon = true after start()': async () => {
    const process = await ended(new Process({ name: 'worker', target: () => undefined }));
    process.daemon = true;
  },
  'process.close() while it runs': async () => {
    const process = new Process({ name: 'worker', target: nap, args: [60_000] });
    process.start();
    try {
      process.close();
    } finally {
      process.kill();
      await process.join();
    }
  },
  'process.exitcode after close()': async () => {
    const process = await ended(new Process({ name: 'worker', target: () => undefined }));
    process.close();
    return process.exitcode;
  },
  'process.start() with a function in args': () => {
    new Process({ name: 'worker', target: any(nap), args: [() => 1] }).start();
  },
  'process.start() with a port that was transferred before': () => {
    new Process({ name: 'worker', target: any(nap), args: [move(transferred())] }).start();
  },
  'a subclass without a name': () => {
    new (class extends Process {
      override run(): void {}
    })({ name: 'worker' }).start();
  },
  'a subclass without a module': () => {
    Object.assign(Nameless.prototype, { run: () => undefined });
    new Nameless({ name: 'worker' }).start();
  },
  'a subclass whose module is no URL': () => {
    new Elsewhere().start();
  },
  'a subclass whose module is not there': () => {
    new Nowhere().start();
  },
  'a subclass that its module does not export': () => errorOf(new Hidden({ name: 'worker' })),
  'process.terminate() in the process itself': () => errorOf(new Ending({ name: 'worker' })),
  'a target that throws something that is no error': () =>
    errorOf(
      new Process({
        name: 'worker',
        target: () => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error
          throw { reason: 'none' };
        },
      }),
    ),
  'a target that waits for nothing': () =>
    errorOf(new Process({ name: 'worker', target: () => new Promise(() => undefined) })),
  'a module that waits for nothing': () => errorOf(new Process({ name: 'worker', target: unreachable })),
  'a module that starts a process as it is loaded': () => errorOf(new Process({ name: 'worker', target: work })),
});

const transferred = (): MessagePort => {
  const { port1 } = new MessageChannel();
  structuredClone(port1, { transfer: [port1 as never] });
  return port1;
};

async function managed(use: (manager: Manager) => unknown): Promise<unknown> {
  const manager = await Manager.start();
  try {
    return await use(manager);
  } finally {
    await manager.shutdown();
  }
}

const account = here('manager/account.js');

export const managerRoom: Room = () => ({
  'new Manager()': () => Reflect.construct(Manager, []) as unknown,
  'manager.dict(5)': () => managed((manager) => manager.dict(any(5))),
  'manager.dict([1])': () => managed((manager) => manager.dict(any([1]))),
  'manager.list(5)': () => managed((manager) => manager.list(any(5))),
  'manager.namespace([1])': () => managed((manager) => manager.namespace([1])),
  'manager.create(5)': () => managed((manager) => manager.create(any(5), 'Account')),
  'manager.create(url, 5)': () => managed((manager) => manager.create(account, any(5))),
  "manager.create(url, 'Missing')": () => managed((manager) => manager.create(account, 'Missing')),
  'manager.create() of a function': () => managed((manager) => manager.create(here('errors/tasks.js'), 'nap')),
  'namespace.set(null, 1)': () => managed(async (manager) => (await manager.namespace()).set(any(null), 1)),
  "list.slice(0, 'x')": () => managed(async (manager) => (await manager.list()).slice(0, any('x'))),
  'dict.update(5)': () => managed(async (manager) => (await manager.dict()).update(any(5))),
  "dict.increment('a', '1')": () => managed(async (manager) => (await manager.dict()).increment('a', any('1'))),
  'dict.increment() of a string': () =>
    managed(async (manager) => (await manager.dict<string>({ a: 'x' })).increment('a')),
  'dict.set() of a function': () => managed(async (manager) => (await manager.dict()).set('a', () => 1)),
  'dict.set() of a port that was transferred before': () =>
    managed(async (manager) => (await manager.dict()).set('a', move(transferred()))),
  "list.at('0')": () => managed(async (manager) => (await manager.list([1])).at(any('0'))),
  'list.set(5) of one item': () => managed(async (manager) => (await manager.list([1])).set(5, 1)),
  'a call after shutdown()': () =>
    managed(async (manager) => {
      const dict = await manager.dict();
      await manager.shutdown();
      return dict.get('a');
    }),
  'a manager whose thread has ended': () =>
    managed(async (manager) => {
      const ends = await manager.create(here('manager/misfortunes.js'), 'Misfortune');
      return (ends as never as { exit(code: number): unknown }).exit(3);
    }),
  'a call on a proxy that was released': () =>
    managed(async (manager) => {
      const dict = await manager.dict();
      dict[Symbol.dispose]();
      return dict.get('a');
    }),
  'a proxy that was released, in an argument': () =>
    managed(async (manager) => {
      const [dict, other] = [await manager.dict(), await manager.dict()];
      dict[Symbol.dispose]();
      return other.set('x', dict);
    }),
});
