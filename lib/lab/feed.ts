/** The items that a function is measured with, as they are told to a thread, which makes them itself. */
export type Feed =
  | { readonly source: 'numbers'; readonly count: number }
  /** `list` as often as it takes, not empty. */
  | { readonly source: 'file'; readonly count: number; readonly list: readonly unknown[] }
  /** JSON, parsed for each item: a function that changes its item must not find it changed. */
  | { readonly source: 'item'; readonly count: number; readonly json: string };

export function itemsOf(feed: Feed): unknown[] {
  const { count } = feed;
  if (feed.source === 'numbers') return Array.from({ length: count }, (_, i) => i);
  if (feed.source === 'file') return Array.from({ length: count }, (_, i) => feed.list[i % feed.list.length]);
  const one: unknown = JSON.parse(feed.json);
  const isPlain = typeof one !== 'object' || one === null;
  return Array.from({ length: count }, () => (isPlain ? one : (JSON.parse(feed.json) as unknown)));
}
