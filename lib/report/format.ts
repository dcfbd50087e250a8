import type { Unit } from './report.js';

/**
 * A number in its unit with three significant digits, as people write it: '1.2 µs', '16 MiB', '1.95 ×'.
 * Self-contained: the page sends its source along, so that its script shows numbers as its tables do.
 */
export function formatValue(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  // A narrow space that no line ends at.
  const grouped = (number: number): string => number.toLocaleString('en-US').replaceAll(',', '\u202f');
  const digits = (number: number): string => {
    const rounded = Number(number.toPrecision(3));
    return Math.abs(rounded) >= 1000 ? grouped(rounded) : String(rounded);
  };
  const inSteps = (steps: readonly (readonly [factor: number, name: string])[]): string => {
    // A step is left where rounding would reach the next one: 999.9 µs is 1 ms.
    const reached = (step: number): boolean => size >= step || Number(size.toPrecision(3)) >= step;
    const [factor, name] = steps.find(([step]) => reached(step)) ?? steps[steps.length - 1];
    return `${digits(value / factor)} ${name}`;
  };
  const [base, rate] = unit.split('/');
  switch (base) {
    case 'seconds':
      return inSteps([[1, 's'], [1e-3, 'ms'], [1e-6, 'µs'], [1e-9, 'ns']]);
    case 'bytes': {
      const bytes = inSteps([[2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB'], [1, 'B']]);
      return rate === undefined ? bytes : `${bytes}/s`;
    }
    case 'ratio':
      return `${digits(value)} ×`;
    case 'items':
      return `${digits(value)}/s`;
    default:
      return Number.isInteger(value) ? grouped(value) : digits(value);
  }
}

/** Of one series of many, as the page's style has it: eight colors, then these again, in stripes. */
export function colorClass(index: number): string {
  return `color-${index % 8}${index < 8 ? '' : ' again'}`;
}
