/**
 * The form in which whatever a task threw travels: a flat graph, so that causes that form a ring, and
 * chains of any length, need no recursion on either side. Plain data: arrays, plain objects with fixed
 * keys, primitives, and the few leaves that structured clone keeps whole.
 */

/** Which call an error belongs to. */
export interface TaskErrorInfo {
  /** The function's name. */
  readonly name: string;
  /** The item's position in a map; undefined for a single call. */
  readonly index: number | undefined;
  readonly threadId: number;
}

/** Anything thrown. */
export interface ErrorWire {
  readonly root: Slot;
  readonly nodes: readonly WireNode[];
}

/** A primitive as it is, or the node of an object. */
export type Slot = undefined | null | boolean | number | bigint | string | NodeRef;

export interface NodeRef {
  readonly node: number;
}

export type WireNode = ErrorNode | RecordNode | ListNode | MapNode | SetNode | LeafNode | TextNode;

export interface ErrorNode {
  readonly kind: 'error';
  /** 'Error', another built-in class of errors, 'DOMException', or a class of granule's. */
  readonly type: string;
  /** Where it is neither the type's own nor among the properties: a subclass's. */
  readonly name: string | undefined;
  readonly message: string | undefined;
  readonly stack: string;
  /** Own properties; `cause` and AggregateError's `errors` are among them. */
  readonly properties: readonly Property[];
}

/** Pairs, not an object: a key may be '__proto__'. */
export type Property = readonly [key: string, value: Slot, enumerable: boolean];

/** A plain object; an instance of a class becomes one, as in structured clone. */
export interface RecordNode {
  readonly kind: 'record';
  readonly entries: readonly (readonly [key: string, value: Slot])[];
}

/** An array, with its holes. */
export interface ListNode {
  readonly kind: 'list';
  readonly length: number;
  readonly entries: readonly (readonly [key: string, value: Slot])[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: readonly (readonly [key: Slot, value: Slot])[];
}

export interface SetNode {
  readonly kind: 'set';
  readonly members: readonly Slot[];
}

/** A Date, RegExp, boxed primitive, ArrayBuffer or view of one: a copy, of memory that is nobody else's. */
export interface LeafNode {
  readonly kind: 'leaf';
  readonly value: object;
}

/** In place of an object that cannot cross: what util.inspect has for it. */
export interface TextNode {
  readonly kind: 'text';
  readonly text: string;
}
