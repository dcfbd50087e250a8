import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Hearing } from '#lib/pool/hearing.js';
import { SIGNAL } from '#lib/pool/layout.js';
import { wake } from '#lib/sync/futex.js';
import { sharedWords } from '../support/gate.js';

describe('the caller’s hearing', () => {
  test('listens once, however often what it hears leads back to it', async () => {
    const words = sharedWords(64);
    let collected = 0;
    let nested = 0;
    let isWaiting = true;
    const hearing = new Hearing(
      words,
      () => {
        collected++;
        // What is collected makes another call, and that one wants to hear.
        if (nested++ < 100) hearing.sleep();
      },
      () => isWaiting,
    );
    hearing.sleep();
    // Whoever sleeps collects once when it is woken, and once more before it sleeps again.
    const before = collected;
    nested = Infinity;
    Atomics.add(words, SIGNAL, 1);
    wake(words, SIGNAL);
    while (collected === before) await turn();
    await turn();
    expect(collected - before).toBe(2);
    isWaiting = false;
    hearing.end();
  });
});
