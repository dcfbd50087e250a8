const significant = (value: number, digits: number) =>
  value >= 10 ** digits ? String(Math.round(value)) : value.toPrecision(digits);

export function formatSeconds(seconds: number): string {
  if (seconds < 1e-6) return `${significant(seconds * 1e9, 3)} ns`;
  if (seconds < 1e-3) return `${significant(seconds * 1e6, 3)} µs`;
  if (seconds < 1) return `${significant(seconds * 1e3, 3)} ms`;
  return `${significant(seconds, 3)} s`;
}

export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes);
  if (size < 1024) return `${Math.round(bytes)} B`;
  const tenths = (unit: number) => Number((bytes / unit).toFixed(1));
  if (size < 1024 ** 2) return `${tenths(1024)} KiB`;
  if (size < 1024 ** 3) return `${tenths(1024 ** 2)} MiB`;
  return `${tenths(1024 ** 3)} GiB`;
}

/** Fractions as people say them: '1/1000' for what is much smaller, '1.9 ×' for the rest. */
export function formatRatio(ratio: number): string {
  if (ratio > 0 && ratio <= 0.5) {
    const inverse = 1 / ratio;
    return `1/${grouped(significant(inverse, inverse < 10 ? 2 : 3))}`;
  }
  return `${grouped(significant(ratio, 3))} ×`;
}

const grouped = (digits: string): string => Number(digits).toLocaleString('en-US');

/** Columns padded to their widest cell; the first to the left, the others as `align` says. */
export function formatTable(rows: readonly (readonly string[])[], align: string): string[] {
  const widths = [...align].map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (align[column] === 'r' ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}
