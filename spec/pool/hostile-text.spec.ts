/** Data never becomes part of a task's source: text that would end a string or a comment arrives as it is. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool } from 'granule';

const texts = [
  '`${process.exit()}`',
  '${process.exit()}',
  '\u2028process.exit()\u2029',
  '*/process.exit()/*',
  '// \n process.exit() //',
  `'; process.exit()//`,
  '"; process.exit()//',
  '\\"; process.exit()//',
  '); process.exit(); (',
  '</script><script>process.exit()</script>',
  '\0\r\n\t\v\ud800',
  '__proto__',
  '$& $1 $` $\'',
];
const identity = (x: unknown): unknown => x;

describe.each(['threads', 'inline'] as const)('(%s)', (execution) => {
  let pool: Pool;
  beforeAll(() => {
    pool = new Pool({ threads: 1, execution, initializer: (text: string) => void text.length, initargs: [texts[0]] });
  });
  afterAll(() => pool.terminate());

  test('as arguments, items, arguments beside items, and keys', async () => {
    const both = (x: unknown, y: unknown): unknown => [x, y];
    expect(await pool.apply(identity, [texts])).toEqual(texts);
    expect(await pool.map(identity, texts)).toEqual(texts);
    for (const text of texts) {
      expect(await pool.apply(identity, [text])).toBe(text);
      expect(await pool.map(both, [text], { args: [text] })).toEqual([[text, text]]);
      expect(Object.keys((await pool.apply(identity, [{ ['k' + text]: 1 }])) as object)).toEqual(['k' + text]);
    }
  });

  test('as names of functions, computed or given, and of pools', async () => {
    for (const text of texts) {
      const methods = {
        [text](x: number): number {
          return x * x;
        },
      };
      const method = Object.getOwnPropertyDescriptor(methods, text)!.value as (x: number) => number;
      expect(method.name).toBe(text);
      expect(await pool.map(method, [2, 3])).toEqual([4, 9]);
      const arrow = Object.defineProperty((x: number) => x + 1, 'name', { value: text });
      expect(await pool.apply(arrow, [4])).toBe(5);
      const fail = (x: string): never => {
        throw new Error(x);
      };
      const failing = pool.apply(Object.defineProperty(fail, 'name', { value: text }), [text]);
      await expect(failing).rejects.toMatchObject({ message: text });
    }
    expect(pool.stats().lostThreads).toBe(0);
  });

  test('in a task’s own source', async () => {
    const own = (x: string): string[] => [x, `\`\${process.exit()}`, "'; process.exit()//", '*/ x /*', '\u2028'];
    expect(await pool.apply(own, ['x'])).toEqual(own('x'));
  });
});

test('a pool’s name is text, too', async () => {
  for (const text of texts) {
    const pool = new Pool({ threads: 1, name: text });
    try {
      expect(pool.stats().name).toBe(text);
      if (text === texts[0]) expect(await pool.apply(identity, [1])).toBe(1);
    } finally {
      await pool.terminate();
    }
  }
});
