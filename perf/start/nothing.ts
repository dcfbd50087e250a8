/** What the processes do. */
export function nothing(): void {}
