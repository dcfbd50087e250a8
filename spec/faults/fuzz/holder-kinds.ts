/** What holds another value. */
import { move } from 'granule';

/** Each makes its value anew, around the one given. */
export const holders: Readonly<Record<string, (part: unknown) => unknown>> = {
  'object of': (part) => ({ part, after: 1 }),
  'array of': (part) => [0, part],
  'two of': (part) => [part, part],
  'map to': (part) => new Map([['part', part]]),
  'map from': (part) => new Map([[part, 1]]),
  'set of': (part) => new Set([part]),
  'error because of': (part) => Object.assign(new Error('own', { cause: part }), { part }),
  'getter of': (part) => ({
    get part() {
      return part;
    },
  }),
  'instance around': (part) =>
    new (class Around {
      readonly part = part;
    })(),
  'arguments, the first being': (part) => [part],
  'function around': (part) => () => part,
  'iterator over': (part) => [part, part][Symbol.iterator](),
  'promise of': (part) => {
    const promise = new Promise((resolve) => {
      resolve(part);
    });
    promise.catch(() => undefined);
    return promise;
  },
  'moved, if it can be': (part) => {
    try {
      return { moved: move(part as object) };
    } catch {
      return { part };
    }
  },
};
