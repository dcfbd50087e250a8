/** Numbers of the command line. Commander puts the option's name and the value before the messages. */
import { InvalidArgumentError } from 'commander';

const DECIMAL = /^[+-]?\d+(_\d+)*(\.\d+)?(e[+-]?\d+)?$/i;

/** A parser of integers, written 1000, 1_000 or 1e3. */
export function integerBetween(least: number, most: number, hint = ''): (text: string) => number {
  return (text) => {
    const number = DECIMAL.test(text) ? Number(text.replaceAll('_', '')) : NaN;
    if (!Number.isInteger(number) || number < least || number > most) {
      throw new InvalidArgumentError(`Expected an integer from ${least} to ${most}${hint}.`);
    }
    return number + 0; // -0 is 0
  };
}

/** As many samples as can be counted without rounding. */
export const samplesNumber = integerBetween(1, Number.MAX_SAFE_INTEGER, ', such as 1e8 or 100_000_000');
