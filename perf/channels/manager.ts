import { wrap } from 'comlink';
import { Manager } from 'granule';
import { timeAtMost } from '../harness/claims.js';
import { backToBack } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Row, Subject } from '../harness/suite.js';
import { pythonManager } from '../peers/python.js';
import { endpointOf, startPartner } from './manager-partner.js';

const granule: Subject = {
  name: 'granule dict.set',
  async open() {
    const manager = await Manager.start();
    const dict = await manager.dict<string, number>();
    let n = 0;
    return backToBack({ run: () => dict.set('key', n++), close: () => manager.shutdown() });
  },
};

const bare: Subject = {
  name: 'bare postMessage, there and back',
  async open() {
    const worker = await startPartner('echo');
    let answered = (): void => undefined;
    worker.on('message', () => {
      answered();
    });
    let n = 0;
    const run = (): Promise<void> =>
      new Promise((resolve) => {
        answered = resolve;
        worker.postMessage(['key', n++]);
      });
    return backToBack({ run, close: () => worker.terminate() });
  },
};

const alone: Subject = {
  name: 'comlink alone',
  async open() {
    const worker = await startPartner('comlink');
    const map = wrap<{ set(key: string, value: number): void }>(endpointOf(worker));
    let n = 0;
    return backToBack({ run: () => map.set('key', n++), close: () => worker.terminate() });
  },
};

const dictSet: Row = {
  id: 'dict-set',
  work: 'dict.set of a small integer, awaited',
  measure: (pace) =>
    compare(
      {
        subjects: [granule, bare, alone, pythonManager('CPython Manager().dict()', { rounds: 100 }, 100)],
        rules: [timeAtMost(1.5, granule.name, bare.name)],
        per: 'round trip',
      },
      pace,
    ),
};

export const managers: readonly Row[] = [dictSet];
