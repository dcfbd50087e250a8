/** The i-th record of a thread: a few classes of objects, in an order that differs from thread to thread. */
export function recordOf(seed: number, i: number): unknown {
  const kinds = [
    () => ({ id: i, name: `thread ${seed}`, flag: i % 2 === 0 }),
    () => ({ x: i / 3, y: { x: i, z: [seed, i] } }),
    () => [{ name: 'a', id: i }, { id: i, name: 'b' }, { [`only ${seed}`]: i }],
    () => new Map([[{ seed }, { seed, i }]]),
  ];
  return kinds[(seed * i + (i >> 3)) % kinds.length]();
}
