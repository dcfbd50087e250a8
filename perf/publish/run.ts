import type { Machine } from '../harness/machine.js';
import type { Conclusion, Figure, Findings } from '../harness/suite.js';

interface PublishedRow extends Findings {
  readonly id: string;
  readonly work: string;
}

export interface RunFile {
  readonly started: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly pace: { readonly rounds: number };
  readonly suites: readonly {
    readonly suite: string;
    readonly conclusion?: Conclusion;
    readonly rows: readonly PublishedRow[];
  }[];
}

/** What `--json` wrote, with a way to find things in it. What is not there is an error: no page keeps old figures. */
export class PublishedRun {
  constructor(readonly file: RunFile) {}

  rows(suite: string): readonly PublishedRow[] {
    return this.#suite(suite).rows;
  }

  row(suite: string, id: string): PublishedRow {
    const row = this.rows(suite).find((candidate) => candidate.id === id);
    if (row === undefined) throw new Error(`The run has no row '${id}' in its suite '${suite}'`);
    return row;
  }

  conclusion(suite: string): Conclusion {
    const { conclusion } = this.#suite(suite);
    if (conclusion === undefined) throw new Error(`The run has no conclusion of its suite '${suite}'`);
    return conclusion;
  }

  /** A subject's median in seconds; undefined where it could not be measured here. */
  median(suite: string, id: string, subject: string): number | undefined {
    return this.figure(suite, id, subject)?.summary.median;
  }

  figure(suite: string, id: string, subject: string): Figure | undefined {
    return this.row(suite, id).figures.find((figure) => figure.subject === subject);
  }

  #suite(name: string): RunFile['suites'][number] {
    const suite = this.file.suites.find((candidate) => candidate.suite === name);
    if (suite === undefined) throw new Error(`The run has no suite '${name}': run all of them`);
    return suite;
  }
}
