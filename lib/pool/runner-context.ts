/** What the run of a board needs of its thread; Runner has it. */
import type { Decoder } from '../tasks/codec/decoder.js';
import type { Encoder } from '../tasks/codec/encoder.js';
import type { ErrorWire } from '../tasks/error-transport.js';
import type { Segment } from './arena.js';
import type { ChunkRecorder } from './chunk-records.js';
import type { ControlMap } from './layout.js';
import type { PageWriter } from './pages.js';

export interface RunnerContext {
  readonly map: ControlMap;
  readonly seat: number;
  readonly threadId: number;
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly pages: PageWriter;
  /** How many more items this thread may begin (maxTasksPerThread). */
  allowance: number;
  segment(id: number): Segment;
  mailedArgs(job: number): readonly unknown[];
  /** Where this thread records what it runs of boards that name this segment. */
  recorder(segment: number): ChunkRecorder;
  /** Posts a result that bytes cannot carry. Throws a SerializationError. */
  postValue(serial: number, index: number, value: unknown): void;
  postError(serial: number, index: number, error: ErrorWire): void;
  /** Lets the caller look at its jobs. */
  signal(): void;
}
