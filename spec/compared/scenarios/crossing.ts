import type { Cell, Library } from '../library.js';
import { failureCell, outcomeOf, warmPool } from '../support.js';

export async function uncloneableArgument(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  return failureCell(pool, await outcomeOf(() => pool.run('echo', { list: [() => 1] })));
}

export async function uncloneableResult(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  return failureCell(pool, await outcomeOf(() => pool.run('givesFunction')));
}

interface Failure extends Error {
  readonly code?: unknown;
  readonly detail?: { readonly attempts?: unknown };
}

async function failureOf(library: Library): Promise<Failure> {
  const pool = await warmPool(library);
  const outcome = await outcomeOf(() => pool.run('fails'));
  if (!('error' in outcome)) throw new Error(`the call ${outcome.state}`);
  return outcome.error as Failure;
}

export async function errorClass(library: Library): Promise<Cell> {
  const error = await failureOf(library);
  return { cell: error instanceof RangeError ? 'yes' : '–', detail: `${error.constructor.name} named ${error.name}` };
}

export async function errorProperties(library: Library): Promise<Cell> {
  const { code, detail } = await failureOf(library);
  if (detail?.attempts === 3) return { cell: 'yes' };
  return { cell: code === 'E_EXAMPLE' ? 'flat ones' : '–' };
}

export async function callersStack(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  const theCaller = async (): Promise<unknown> => await pool.run('fails');
  const outcome = await outcomeOf(theCaller);
  const stack = 'error' in outcome ? (outcome.error as Error).stack : '';
  return { cell: /theCaller/.test(String(stack)) ? 'yes' : '–' };
}

export async function sharedMemory(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  const numbers = new Float64Array(new SharedArrayBuffer(16));
  numbers.set([3, 4]);
  await pool.run('squares', numbers);
  return { cell: numbers.join() === '9,16' ? 'by hand' : '–' };
}
