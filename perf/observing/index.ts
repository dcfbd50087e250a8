/** What it costs to look at a pool: subscribers and traces are there for their own subject's samples alone. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Pool } from 'granule';
import { timeAtMost } from '../harness/claims.js';
import type { Run } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { OpenSubject, Row, Subject, Suite } from '../harness/suite.js';
import { inFlight, CALLS } from '../dispatch/applies.js';
import { granule, type GranuleOptions } from '../peers/granule.js';
import * as tasks from '../tasks/references.js';

/** Begins to look; returns how to stop, which says whether there was anything to be seen. */
type Look = (pool: Pool) => () => boolean;

let seen = 0;
const count = (): void => void seen++;
const subscribed =
  (channel: string): Look =>
  () => {
    seen = 0;
    subscribe(channel, count);
    return () => {
      unsubscribe(channel, count);
      return seen > 0;
    };
  };
const nobody: Look = () => () => true;
const traced: Look = (pool) => {
  const trace = pool.trace();
  return () => trace.stop().traceEvents.some(({ ph }) => ph === 'X');
};

const LOOKS: readonly (readonly [name: string, look: Look])[] = [
  ['nobody listens', nobody],
  ['nobody listens, again', nobody],
  ['granule:call:end', subscribed('granule:call:end')],
  ['granule:chunk', subscribed('granule:chunk')],
  ['a trace', traced],
];

/** Before anything is timed: what nobody tells us would cost nothing. */
const SEEN_CALLS = 20;

function looking(name: string, look: Look, prepare: (pool: Pool) => Run, options: GranuleOptions): Subject {
  let pool: Pool;
  const inner = granule(
    name,
    (started) => {
      pool = started;
      return prepare(started);
    },
    options,
  );
  return {
    name,
    async open(): Promise<OpenSubject> {
      const opened = await inner.open();
      const stopLooking = look(pool);
      for (let call = 0; call < SEEN_CALLS; call++) await opened.once();
      assert.ok(stopLooking(), 'there was nothing to be seen');
      return {
        ...opened,
        async sample(seconds) {
          const stop = look(pool);
          try {
            return await opened.sample(seconds);
          } finally {
            stop();
          }
        },
      };
    },
  };
}

function row(id: string, work: string, prepare: (pool: Pool) => Run, options: GranuleOptions = {}): Row {
  return {
    id,
    work,
    measure: (pace) =>
      compare(
        {
          subjects: LOOKS.map(([name, look]) => looking(name, look, prepare, options)),
          rules: [
            timeAtMost(1.3, 'granule:call:end', 'nobody listens'),
            timeAtMost(1.5, 'granule:chunk', 'nobody listens'),
            timeAtMost(2, 'a trace', 'nobody listens'),
          ],
        },
        pace,
      ),
  };
}

const items = Array.from({ length: 100 }, (_, i) => i);

export const observing: Suite = {
  name: 'observing',
  about: 'What events and traces cost a call while somebody looks, on two threads',
  rows: [
    row('observed-apply', 'apply of a no-op, 64 in flight', (pool) => inFlight(() => pool.apply(tasks.nothing)), {
      units: CALLS,
    }),
    row('observed-map', 'map of 100 squares, back to back', (pool) => () => pool.map(tasks.square, items)),
  ],
};
