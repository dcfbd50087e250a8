import { formatBytes, formatRatio, formatSeconds } from './format.js';
import { median, summarize } from './statistics.js';
import type { Claim, Figure } from './suite.js';

/** Judges a row's figures. Ratios are taken round by round, so that what slows a whole round down cancels out. */
export type Rule = (figures: ReadonlyMap<string, Figure>) => Claim;

/** The subject's time is at most `bound` of the peer's time, or of a `share` of it. */
export function timeAtMost(bound: number, subject: string, peer: string, share = 1): Rule {
  const against = share === 1 ? peer : `${formatRatio(share)} of ${peer}`;
  return compareRounds(
    { compares: `${subject} : ${against}`, mustBe: `≤ ${formatRatio(bound)}` },
    subject,
    peer,
    (own, other) => own / (other * share),
    (ratio) => ratio <= bound,
  );
}

/** The subject does at least `bound` times as much in the same time. */
export function speedAtLeast(bound: number, subject: string, peer: string): Rule {
  return compareRounds(
    { compares: `${subject} : ${peer}, speed`, mustBe: `≥ ${formatRatio(bound)}` },
    subject,
    peer,
    (own, other) => other / own,
    (ratio) => ratio >= bound,
  );
}

function compareRounds(
  says: Pick<Claim, 'compares' | 'mustBe'>,
  subject: string,
  peer: string,
  ratioOf: (own: number, other: number) => number,
  holds: (ratio: number) => boolean,
): Rule {
  return (figures) => {
    const own = figures.get(subject)?.samples;
    const other = figures.get(peer)?.samples;
    if (own === undefined || other === undefined) return { ...says, shown: 'not measured' };
    const measured = summarize(own.map((value, round) => ratioOf(value, other[round])));
    return { ...says, measured, shown: formatRatio(measured.median), met: holds(measured.median) };
  };
}

/**
 * As `speedAtLeast`, against the fastest of many peers: in each round, the one that was fastest in all the others.
 * The least of many medians is low by luck too, so the winner of the rounds that it is judged by would be too good.
 */
export function speedAtLeastTheBest(bound: number, subject: string, peers: readonly string[]): Rule {
  return (figures) => {
    const own = figures.get(subject)?.samples;
    const others = peers.flatMap((peer) => figures.get(peer) ?? []);
    const says = { mustBe: `≥ ${formatRatio(bound)}` };
    if (own === undefined || others.length === 0) {
      return { ...says, compares: `${subject} : the best of ${peers.length}, speed`, shown: 'not measured' };
    }
    const measured = summarize(own.map((seconds, round) => fastest(others, round).samples[round] / seconds));
    const compares = `${subject} : the best of ${others.length} (${fastest(others).subject}), speed`;
    return { ...says, compares, measured, shown: formatRatio(measured.median), met: measured.median >= bound };
  };
}

/** By the rounds but one, if there is more than one. */
function fastest(figures: readonly Figure[], without?: number): Figure {
  const medians = figures.map(({ samples }) => {
    return median(samples.length > 1 ? samples.filter((_, round) => round !== without) : samples);
  });
  return figures[medians.indexOf(Math.min(...medians))];
}

/** The subject's time by itself, whatever the others take: holds on the machine that it was set for. */
export function secondsAtMost(bound: number, subject: string): Rule {
  const says = { compares: subject, mustBe: `≤ ${formatSeconds(bound)}` };
  return (figures) => {
    const seconds = figures.get(subject)?.summary.median;
    if (seconds === undefined) return { ...says, shown: 'not measured' };
    return { ...says, measured: summarize([seconds]), shown: formatSeconds(seconds), met: seconds <= bound };
  };
}

export function bytesAtMost(bound: number, compares: string, bytes: number | undefined): Claim {
  const says = { compares, mustBe: `≤ ${formatBytes(bound)}` };
  if (bytes === undefined) return { ...says, shown: 'not measured' };
  return { ...says, measured: summarize([bytes]), shown: formatBytes(bytes), met: bytes <= bound };
}
