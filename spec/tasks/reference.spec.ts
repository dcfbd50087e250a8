import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { isTaskReference, taskModule } from '#lib/tasks/reference.js';
import type { Task, TaskReference } from '#lib/tasks/reference.js';

type Arithmetic = typeof import('../fixtures/tasks/arithmetic.js');
const url = new URL('../fixtures/tasks/arithmetic.js', import.meta.url);

describe('taskModule', () => {
  test('names the exports of a module without importing it', () => {
    const { square } = taskModule<Arithmetic>(new URL('file:///nowhere/arithmetic.js'));
    expect(square).toEqual({ module: 'file:///nowhere/arithmetic.js', name: 'square' });
    expect(Object.isFrozen(square)).toBe(true);
  });

  test('gives the same reference each time it is asked', () => {
    const tasks = taskModule<Arithmetic>(url);
    expect(tasks.square).toBe(tasks.square);
    expect(tasks.square).not.toBe(tasks.cube);
  });

  test.each([
    ['a file: URL as text', 'file:///app/tasks.js', 'file:///app/tasks.js'],
    ['an absolute path', '/app/my tasks.js', 'file:///app/my%20tasks.js'],
    ['a URL with a query', new URL('file:///app/tasks.js?v=2'), 'file:///app/tasks.js?v=2'],
  ])('takes %s', (_, from, module) => {
    expect(taskModule<Arithmetic>(from).square.module).toBe(module);
  });

  test.each([
    './tasks.js',
    'tasks.js',
    'data:text/javascript,export const square = 1',
    'https://example.org/tasks.js',
    new URL('https://example.org/tasks.js'),
    'file://another-host/tasks.js',
    'node:fs',
    '',
  ])('refuses %s with a TypeError that shows it', (from) => {
    expect(() => taskModule(from)).toThrow(TypeError);
    expect(() => taskModule(from)).toThrow(
      `Expected a file: URL or an absolute path, got ${inspect(String(from))} (string)`,
    );
  });

  test.each([undefined, null, 5, {}, []])('refuses %p', (from) => {
    expect(() => taskModule(from as never)).toThrow(TypeError);
  });

  test('can be awaited, inspected and compared', async () => {
    const tasks = taskModule<Arithmetic>(url);
    expect(await Promise.resolve(tasks)).toBe(tasks);
    expect(Reflect.get(tasks, 'then')).toBeUndefined();
    expect(Reflect.get(tasks, Symbol.iterator)).toBeUndefined();
    expect(inspect(tasks)).toContain('[Object: null prototype] {}');
  });

  test('cannot be written to', () => {
    const tasks = taskModule<Arithmetic>(url);
    expect(Reflect.set(tasks, 'square', 1)).toBe(false);
    expect(Reflect.defineProperty(tasks, 'square', { value: 1 })).toBe(false);
    expect(Reflect.setPrototypeOf(tasks, {})).toBe(false);
  });

  test('types a reference by the function it names', () => {
    const tasks = taskModule<Arithmetic>(url);
    // A reference must fit the call that runs it: the compiler checks these lines, not Jest.
    const square: TaskReference<[x: number], number> = tasks.square;
    const cube: TaskReference<[x: number], number> = tasks.cube; // what its promise resolves with
    const generic: Task<[readonly unknown[]], unknown> = tasks.first;
    const overloaded: TaskReference<[string, number], bigint> = tasks.parse; // its last signature
    // @ts-expect-error a class is no task
    void tasks.Point;
    // @ts-expect-error nor is a value
    void tasks.ratio;
    // @ts-expect-error arguments of another type
    const wrong: TaskReference<[x: string], number> = tasks.square;
    const inferred = <A extends readonly unknown[], R>(task: Task<A, R>, args: readonly [...A]): R => [task, args] as R;
    const squared: number = inferred(tasks.square, [3]);
    // @ts-expect-error too few arguments
    inferred(tasks.square, []);
    expect([square, cube, generic, overloaded, wrong, squared]).toHaveLength(6);
  });
});

describe('isTaskReference', () => {
  test('knows one by its shape, so that a reference may come through structured clone', () => {
    expect(isTaskReference(structuredClone(taskModule<Arithmetic>(url).square))).toBe(true);
    for (const other of [undefined, null, 'x', {}, { module: 'file:///x' }, { module: 1, name: 'x' }, () => 1]) {
      expect(isTaskReference(other)).toBe(false);
    }
  });
});
