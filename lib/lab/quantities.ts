/** Numbers as the lab says them: '38 µs', '90 000', '1.7 times'. */

/** 90000 as '90 000'. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** To `digits` significant ones, without trailing zeros or an exponent; integers above as they are. */
function significant(value: number, digits: number): string {
  if (Math.abs(value) >= 10 ** (digits - 1)) return grouped(Math.round(value));
  return Number(value.toPrecision(digits)).toString();
}

/** Two digits, for what is known no better: 87 654 is 'about 88 000'. */
export function rounded(n: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, n))) - 1);
  return n < 10 ? significant(n, 2) : grouped(Math.round(n / unit) * unit);
}

export function items(n: number): string {
  return n === 1 ? '1 item' : `${grouped(n)} items`;
}

/** How a call's items were cut. */
export function chunksOf(chunksize: number | 'auto'): string {
  return chunksize === 'auto' ? 'chunks as learned' : `chunksize ${grouped(chunksize)}`;
}

export function threads(n: number): string {
  return n === 1 ? '1 thread' : `${n} threads`;
}

/** With two or three digits and the unit that suits: '38 µs', '1.2 ms'. */
export function duration(milliseconds: number): string {
  if (milliseconds === 0) return '0 s';
  // What would be rounded up to 1000 of a unit is one of the next.
  if (milliseconds < 0.9995e-3) return `${significant(milliseconds * 1e6, milliseconds < 1e-5 ? 2 : 3)} ns`;
  if (milliseconds < 0.9995) return `${significant(milliseconds * 1e3, milliseconds < 1e-2 ? 2 : 3)} µs`;
  if (milliseconds < 999.5) return `${significant(milliseconds, milliseconds < 10 ? 2 : 3)} ms`;
  const seconds = milliseconds / 1e3;
  if (seconds < 599.5) return `${significant(seconds, seconds < 10 ? 2 : 3)} s`;
  return seconds < 7_200 ? `${significant(seconds / 60, 3)} min` : `${significant(seconds / 3_600, 3)} h`;
}

/** Of a cost in nanoseconds. */
export function nanoseconds(ns: number): string {
  return duration(ns / 1e6);
}

/** '3.4 times', '120 times'. */
export function times(ratio: number): string {
  return `${significant(ratio, ratio < 10 ? 2 : 3)} times`;
}
