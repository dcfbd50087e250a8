/** What of an instance of a subclass travels to its thread, and what it takes to find the class there. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isFileUrl } from '../tasks/reference.js';
import { broken } from '../tasks/show.js';

/** A class that says where it lives. */
interface Located {
  readonly name: string;
  readonly module?: unknown;
}

/**
 * Where the instance's class is. An Error for what can be told without loading the module: whether it
 * exports the class, the thread finds out.
 */
export function locate(instance: object): { module: string; name: string } {
  const type = instance.constructor as unknown as Located;
  const { name } = type;
  if (name === '') {
    throw new TypeError(
      'Expected a subclass of Process with a name, by which its thread can find it: ' +
        'write `export class Loop extends Process`',
    );
  }
  const module = Object.hasOwn(type, 'module') ? type.module : undefined;
  if (module === undefined) {
    throw new TypeError(
      `Expected the class ${name} to say where it lives: write \`static readonly module = import.meta.url\` in it, ` +
        'and export it',
    );
  }
  if (typeof module !== 'string' || !isFileUrl(module)) {
    throw new TypeError(broken(`${name}.module`, 'a file: URL, such as import.meta.url', module));
  }
  if (!existsSync(fileURLToPath(module))) {
    throw new Error(`Expected \`${name}.module\` to be the file that exports the class: there is no ${module}`);
  }
  return { module, name };
}

/** Own enumerable properties: what the subclass's constructor has made of itself. Private fields cannot be seen. */
export function fieldsOf(instance: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(instance));
}
