/** The soak: rounds of the parts' turns, with seeds of their own, until the time is up or a promise is broken. */
import { Figures, type Spread } from './figures.js';
import { Violation, type Part, type Turn } from './part.js';
import { Mulberry, seedOfTurn } from './random.js';
import { memory, Remains, type Memory } from './remains.js';

export interface SoakOptions {
  readonly seed: number;
  readonly milliseconds: number;
  readonly parts: readonly Part[];
  progress(text: string): void;
}

export interface BrokenPromise {
  /** `undefined`: what only all of them together show. */
  readonly part: string | undefined;
  /** Of the turn. */
  readonly seed: number;
  readonly what: string;
}

export interface SoakReport {
  readonly seed: number;
  readonly seconds: number;
  readonly turns: number;
  readonly threads: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly spreads: Readonly<Record<string, Spread>>;
  /** After the first round of all parts, which loads and compiles what they use. */
  readonly memoryAtStart: Memory;
  readonly memoryAtEnd: Memory;
  readonly violation: BrokenPromise | undefined;
}

/** A turn lasts so long, or less, so that there are some rounds. */
const LONGEST_TURN = 8_000;
const ROUNDS = 4;
/** A turn that is not over so long after its time is taken for one that never will be. */
const PATIENCE = 120_000;
/** What the heap, and what V8 counts beside it, may have grown by from the first round to the end: bytes. */
const GROWTH = 24 * 2 ** 20;

export async function soak({ seed, milliseconds, parts, progress }: SoakOptions): Promise<SoakReport> {
  using remains = new Remains();
  const figures = new Figures();
  const began = performance.now();
  const end = began + milliseconds;
  const round = roundOf(parts);
  const length = Math.min(LONGEST_TURN, milliseconds / (ROUNDS * round.length));
  let memoryAtStart = await memory();
  let violation: BrokenPromise | undefined;
  let turns = 0;
  for (; violation === undefined && (turns < round.length || performance.now() < end); turns++) {
    const part = round[turns % round.length];
    const seedNow = seedOfTurn(seed, turns);
    const say = (text: string): void => {
      const left = Math.max(0, Math.round((end - performance.now()) / 1000));
      progress(`${left} s left, ${part.name} (seed ${seedNow}): ${text}`);
    };
    const turn = turnOf(seedNow, performance.now() + length, figures, say);
    try {
      await inTime(part.run(turn), turn);
      figures.count(`turns: ${part.name}`);
      // What Node itself keeps from the first threads and the first output on.
      if (turns === 0) remains.settle();
      const left = await remains.left();
      if (left.length > 0) turn.violation(left.join('\n'));
    } catch (error) {
      violation = { part: part.name, seed: seedNow, what: describe(error) };
    }
    if (turns === round.length - 1) memoryAtStart = await memory();
  }
  const memoryAtEnd = await memory();
  violation ??= grown(memoryAtStart, memoryAtEnd, seed);
  const { counts, spreads } = figures;
  const seconds = (performance.now() - began) / 1000;
  const threads = remains.threadsStarted;
  return { seed, seconds, turns, threads, counts, spreads, memoryAtStart, memoryAtEnd, violation };
}

/** A turn of each part, then the further turns of those with a larger share. */
function roundOf(parts: readonly Part[]): Part[] {
  const most = Math.max(...parts.map(({ share = 1 }) => share));
  return Array.from({ length: most }, (_, n) => parts.filter(({ share = 1 }) => share > n)).flat();
}

function turnOf(seed: number, until: number, figures: Figures, progress: (text: string) => void): Turn {
  return {
    random: new Mulberry(seed),
    until,
    progress,
    violation(message, cause) {
      throw new Violation(message, cause === undefined ? undefined : { cause });
    },
    count(name, by) {
      figures.count(name, by);
    },
    sample(name, value) {
      figures.sample(name, value);
    },
  };
}

/** The timer also keeps the program alive, which would end in silence if nothing else did. */
async function inTime<T>(work: Promise<T>, { until }: Turn): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const complain = (): void => {
      reject(new Violation(`it is not over ${PATIENCE / 1000} s after its time: something never settles`));
    };
    timer = setTimeout(complain, until - performance.now() + PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The resident size is reported and not judged: the C library gives back what it likes. */
function grown(before: Memory, after: Memory, seed: number): BrokenPromise | undefined {
  const growth = Math.max(after.heap - before.heap, after.external - before.external);
  if (globalThis.gc === undefined || growth < GROWTH) return undefined;
  return { part: undefined, seed, what: `memory has grown by ${Math.round(growth / 2 ** 20)} MB` };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const text = error instanceof Violation ? error.message : (error.stack ?? error.message);
  return error.cause === undefined ? text : `${text}\n  because of ${describe(error.cause)}`;
}
