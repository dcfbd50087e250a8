/** What the parts have counted and measured, and the table that says so. */

export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly most: number;
}

export class Figures {
  readonly #counts = new Map<string, number>();
  readonly #samples = new Map<string, number[]>();

  count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  sample(name: string, value: number): void {
    const values = this.#samples.get(name);
    if (values === undefined) this.#samples.set(name, [value]);
    else values.push(value);
  }

  get counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  get spreads(): Record<string, Spread> {
    return Object.fromEntries([...this.#samples].map(([name, values]) => [name, spreadOf(values)]));
  }
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { count: sorted.length, median: at(0.5), p99: at(0.99), most: sorted[sorted.length - 1] };
}

/** Two columns, the second set flush right. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const left = Math.max(...rows.map(([name]) => name.length));
  const right = Math.max(...rows.map(([, value]) => value.length));
  return rows.map(([name, value]) => `  ${name.padEnd(left)}  ${value.padStart(right)}`).join('\n');
}

export function whole(count: number): string {
  return Math.round(count).toLocaleString('en-US').replaceAll(',', ' ');
}
