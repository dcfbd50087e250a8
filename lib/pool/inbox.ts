/**
 * A pool thread's mail: tasks, memory, arguments and items that words in shared memory cannot carry.
 *
 * The caller posts what a job needs before the job's tickets are QUEUED, so a runner that has claimed a
 * ticket finds it in its port, at the latest by reading the port itself (`receiveMessageOnPort`).
 */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { dropMessage, unpackMessage } from '../tasks/codec/message.js';
import { loadTask } from '../tasks/load.js';
import { asLoading } from '../tasks/loading.js';
import type { TaskSpec } from '../tasks/spec.js';
import { Segment } from './arena.js';
import { weigh } from '../memory/ballast.js';
import type { Mail, ParcelMail } from './protocol.js';
import type { AnyTask, TaskLoop } from './task-loop.js';

export interface LoadedTask {
  readonly spec: TaskSpec;
  readonly task: AnyTask;
  /** The task's own loops, by how they are fed. */
  readonly loops: Map<number, TaskLoop>;
}

export class Inbox {
  readonly #port: MessagePort;
  readonly #segments = new Map<number, Segment>();
  readonly #specs = new Map<number, TaskSpec>();
  readonly #tasks = new Map<number, LoadedTask>();
  /** By job: as they came, until they are asked for. What is wrong with them is then that call's failure. */
  readonly #packedArgs = new Map<number, unknown>();
  readonly #args = new Map<number, readonly unknown[]>();
  #initargs: unknown;
  /** By board's serial: sent ahead, or asked for. */
  readonly #parcels = new Map<number, ParcelMail>();
  readonly #awaited = new Map<number, () => void>();
  readonly #wake: () => void;

  /** `wake`: the caller wants this thread to look for work. */
  constructor(port: MessagePort, arena: SharedArrayBuffer, wake: () => void) {
    this.#port = port;
    this.#wake = wake;
    this.#segments.set(0, new Segment(0, arena, true));
    port.on('message', (mail: Mail) => {
      this.#take(mail);
    });
    port.unref();
  }

  segment(id: number): Segment {
    return this.#find(this.#segments, id, 'segment');
  }

  /** The initializer's arguments, packed. They come before anything else. */
  initargs(): unknown {
    if (this.#initargs === undefined) this.#drain();
    if (this.#initargs === undefined) throw new Error('granule: initargs never reached this thread');
    return this.#initargs;
  }

  /** The arguments of a job that came by mail. */
  args(job: number): readonly unknown[] {
    const known = this.#args.get(job);
    if (known !== undefined) return known;
    const args = unpackMessage(this.#find(this.#packedArgs, job, 'args')) as readonly unknown[];
    this.#packedArgs.delete(job);
    this.#args.set(job, args);
    return args;
  }

  /** The task if it has been loaded in this thread. */
  loaded(id: number): LoadedTask | undefined {
    return this.#tasks.get(id);
  }

  /** Imports or evaluates the task; a failure is not remembered, the next call tries again. */
  async load(id: number): Promise<LoadedTask> {
    const spec = this.#find(this.#specs, id, 'task');
    const loaded = { spec, task: await asLoading(spec, () => loadTask(spec)), loops: new Map<number, TaskLoop>() };
    this.#tasks.set(id, loaded);
    return loaded;
  }

  /** Whether the items of a board were sent ahead: then they are here. */
  hasItems(serial: number): boolean {
    if (!this.#parcels.has(serial)) this.#drain();
    return this.#parcels.has(serial);
  }

  /** Resolves when what was asked for (`want`) has come, or the word that the call is over. */
  async arrivalOf(serial: number): Promise<void> {
    this.#port.ref();
    await new Promise<void>((resolve) => this.#awaited.set(serial, resolve));
    this.#port.unref();
  }

  /** The items of a board that have come. None: the call is over. */
  items(serial: number): readonly unknown[] {
    const parcel = this.#parcels.get(serial);
    this.#parcels.delete(serial);
    return parcel === undefined ? [] : openParcel(parcel);
  }

  /** Closes what was sent ahead for a board that this thread does not run. */
  forgetItems(serial: number): void {
    if (!this.hasItems(serial)) return;
    const parcel = this.#parcels.get(serial)!;
    this.#parcels.delete(serial);
    if ('letter' in parcel) parcel.letter.close();
    else {
      for (const closeable of parcel.closeables) closeable.close();
      for (const item of parcel.items) dropMessage(item);
    }
  }

  #find<T>(known: Map<number, T>, id: number, what: string): T {
    if (!known.has(id)) this.#drain();
    if (!known.has(id)) throw new Error(`granule: ${what} ${id} never reached this thread`);
    return known.get(id)!;
  }

  /** Closes what came for a job of which this thread has run nothing. */
  #dropArgs(job: number): void {
    const packed = this.#packedArgs.get(job);
    if (packed !== undefined) dropMessage(packed);
    this.#packedArgs.delete(job);
  }

  #drain(): void {
    for (let received; (received = receiveMessageOnPort(this.#port)) !== undefined; ) {
      this.#take(received.message as Mail);
    }
  }

  #take(mail: Mail): void {
    switch (mail.kind) {
      case 'task':
        this.#specs.set(mail.id, mail.spec);
        break;
      case 'segment':
        this.#segments.set(mail.id, new Segment(mail.id, weigh(mail.memory), true));
        break;
      case 'initargs':
        this.#initargs = mail.value;
        break;
      case 'args':
        this.#packedArgs.set(mail.job, mail.value);
        break;
      case 'items':
        if (mail.parcel !== undefined) this.#parcels.set(mail.serial, mail.parcel);
        else this.forgetItems(mail.serial);
        this.#awaited.get(mail.serial)?.();
        this.#awaited.delete(mail.serial);
        break;
      case 'wake':
        this.#wake();
        break;
      case 'drop':
        for (const id of mail.segments) this.#segments.delete(id);
        for (const id of mail.tasks) {
          this.#specs.delete(id);
          this.#tasks.delete(id);
        }
        this.#args.delete(mail.job);
        this.#dropArgs(mail.job);
        break;
    }
  }
}

function openParcel(parcel: ParcelMail): unknown[] {
  if ('items' in parcel) return parcel.items.map((item) => unpackMessage(item));
  const { letter } = parcel;
  const received = receiveMessageOnPort(letter);
  letter.close();
  return received === undefined ? [] : openParcel(received.message as ParcelMail);
}
