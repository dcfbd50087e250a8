/** What is wrong with a call that has settled: items lost, doubled, or with an outcome that no fate explains. */
import { fruitOf, type Item } from '../../../fixtures/faults/misfortunes.js';
import type { Call, Each, Outcome, Whole } from './call.js';
import { isDeadly, judge, type Circumstances } from './fates.js';

interface LostItem extends Error {
  readonly code?: string;
  readonly threadId?: number;
  readonly task?: { readonly index?: number };
}

export async function verdict(call: Call, strangers: boolean, refusals = false): Promise<string[]> {
  const { method, items, runs, retries, aborted } = call;
  const outcome = await call.outcome;
  const wrong: string[] = [];
  const say = ({ index, fate }: Item, what: string): void => {
    wrong.push(`${method} of ${items.length}, item ${index} (${fate}, ${runs.at(index)} runs): ${what}`);
  };
  for (const item of items) {
    if (runs.at(item.index) > mostRuns(call, item, strangers)) say(item, 'was run too often');
  }
  if ('aborted' in outcome) {
    if (!aborted) wrong.push(`${method} of ${items.length} was aborted by nobody`);
    return wrong;
  }
  const given = { strangers, retries, refusals };
  if ('whole' in outcome) wrong.push(...verdictOfAll(call, outcome, given));
  else if (method === 'imapUnordered') wrong.push(...verdictOfUnordered(call, outcome, given));
  else if (outcome.each.length !== items.length) {
    wrong.push(`${method} of ${items.length} has ${outcome.each.length} results`);
  } else {
    for (const item of items) {
      const trouble = judge(item, runs.at(item.index), outcome.each[item.index], given);
      if (trouble !== undefined) say(item, trouble);
    }
    wrong.push(...tooManyLost(call, outcome.each));
  }
  return wrong;
}

/** A range is run again from its first index. */
function mostRuns({ method, retries }: Call, { fate }: Item, strangers: boolean): number {
  const inRange = method === 'parallelFor' || method === 'parallelReduce';
  return inRange || isDeadly(fate) || strangers ? 1 + retries : 1;
}

function verdictOfAll({ method, items, runs }: Call, { whole }: Whole, given: Circumstances): string[] {
  if (whole.status === 'fulfilled') {
    // parallelFor and parallelReduce.
    const sum = items.reduce((total, item) => total + (fruitOf(item) as number), 0);
    const expected = method === 'parallelReduce' ? sum : undefined;
    if (whole.value !== expected) return [`${method} gave ${String(whole.value)} for ${String(expected)}`];
    return items.flatMap((item) => {
      const value = fruitOf(item);
      const trouble = judge(item, runs.at(item.index), { status: 'fulfilled', value }, given);
      return trouble === undefined ? [] : [`${method}, item ${item.index} (${item.fate}): ${trouble}`];
    });
  }
  // One error for all: some item must have had cause for it.
  const verdicts = items.map((item) => judge(item, runs.at(item.index), whole, given));
  return verdicts.includes(undefined) ? [] : [`${method} of ${items.length}: ${verdicts[0]}`];
}

function verdictOfUnordered({ items, runs }: Call, { each }: Each, given: Circumstances): string[] {
  // Results and most errors name their item, the others may fit several: those that fit most come last.
  const rank = (outcome: Outcome): number => {
    if (outcome.status === 'fulfilled') return 0;
    const { code, task } = outcome.reason as LostItem;
    if (task?.index !== undefined) return 1;
    return code === 'ERR_GRANULE_WORKER_LOST' ? 3 : 2;
  };
  const wrong: string[] = [];
  const left = new Set(items);
  for (const outcome of each.toSorted((a, b) => rank(a) - rank(b))) {
    const { task } = (outcome.status === 'rejected' ? outcome.reason : {}) as LostItem;
    const candidates = [...left].filter((item) => task?.index === undefined || task.index === item.index);
    const match = candidates.find((item) => judge(item, runs.at(item.index), outcome, given) === undefined);
    if (match === undefined) wrong.push(`imapUnordered: no item can have given ${JSON.stringify([outcome, task])}`);
    else left.delete(match);
  }
  if (left.size > 0) wrong.push(`imapUnordered: ${left.size} of ${items.length} items came to nothing`);
  return wrong;
}

/** A thread that ends takes one item with it: the one that it was running. */
function tooManyLost({ method }: Call, each: readonly Outcome[]): string[] {
  const byThread = new Map<number, Set<unknown>>();
  for (const outcome of each) {
    if (outcome.status === 'fulfilled') continue;
    const { code, threadId, task } = outcome.reason as LostItem;
    if (code !== 'ERR_GRANULE_WORKER_LOST' || threadId === undefined || task?.index === undefined) continue;
    byThread.set(threadId, (byThread.get(threadId) ?? new Set()).add(task.index));
  }
  return [...byThread].flatMap(([threadId, lost]) =>
    lost.size > 1 ? [`${method}: thread ${threadId} took items ${[...lost].join(', ')} with it, not one`] : [],
  );
}
