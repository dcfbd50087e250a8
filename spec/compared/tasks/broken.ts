/** A module of tasks that does not load. */
export const echo = (value: unknown): unknown => value;

throw new SyntaxError('this module does not load');
