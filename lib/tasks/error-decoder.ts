import { errorClass } from './error-types.js';
import type { ErrorNode, ErrorWire, Slot, TaskErrorInfo, WireNode } from './error-wire.js';
import { copyLeaf } from './leaf.js';
import { withCaller } from './stack-frames.js';

/** Where an error came from, for the reader of it. */
export interface ErrorOrigin {
  /** Becomes the error's `task`. */
  readonly task?: TaskErrorInfo;
  /** The `stack` of an Error made at the call. */
  readonly callStack?: string | undefined;
}

/**
 * What encodeError() was given, made of this module's classes, whichever realm the wire was read in.
 * An error gets `at.task` as `task`, not enumerable, in place of one it had; its stack goes on with the
 * frames of `at.callStack`.
 */
export function decodeError(wire: ErrorWire, at: ErrorOrigin = {}): unknown {
  const objects = wire.nodes.map(shell);
  const valueOf = (slot: Slot): unknown => (typeof slot === 'object' && slot !== null ? objects[slot.node] : slot);
  wire.nodes.forEach((node, index) => fill(objects[index], node, valueOf));
  const root = valueOf(wire.root);
  const node = typeof wire.root === 'object' && wire.root !== null ? wire.nodes[wire.root.node] : undefined;
  if (node?.kind === 'error') {
    const error = root as Error;
    define(error, 'stack', withCaller(node.stack, at.task, at.callStack), false);
    if (at.task !== undefined) define(error, 'task', Object.freeze({ ...at.task }), false);
  }
  return root;
}

/** What a node stands for, its parts still to come: they may lead back to it. */
function shell(node: WireNode): unknown {
  switch (node.kind) {
    case 'error':
      return errorShell(node);
    case 'record':
      return {};
    case 'list':
      return new Array(node.length);
    case 'map':
      return new Map();
    case 'set':
      return new Set();
    case 'leaf':
      return copyLeaf(node.value);
    case 'text':
      return node.text;
  }
}

/** The class's own constructor does not run: it may want arguments. */
function errorShell({ type, name, message }: ErrorNode): Error {
  if (type === 'DOMException') return new DOMException(message ?? '', name ?? 'Error');
  return Reflect.construct<[], Error>(Error, [], errorClass(type));
}

function fill(object: unknown, node: WireNode, valueOf: (slot: Slot) => unknown): void {
  switch (node.kind) {
    case 'error': {
      const error = object as Error;
      define(error, 'stack', node.stack, false);
      if (node.type !== 'DOMException') {
        if (node.message !== undefined) define(error, 'message', node.message, false);
        if (node.name !== undefined) define(error, 'name', node.name, false);
      }
      for (const [key, value, enumerable] of node.properties) define(error, key, valueOf(value), enumerable);
      break;
    }
    case 'record':
    case 'list':
      for (const [key, value] of node.entries) define(object as object, key, valueOf(value), true);
      break;
    case 'map':
      for (const [key, value] of node.entries) (object as Map<unknown, unknown>).set(valueOf(key), valueOf(value));
      break;
    case 'set':
      for (const member of node.members) (object as Set<unknown>).add(valueOf(member));
      break;
    case 'leaf':
    case 'text':
      break;
  }
}

/** Defining, not assigning, keeps a key '__proto__' from being anything but a key. */
function define(object: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, key, { value, enumerable, writable: true, configurable: true });
}
