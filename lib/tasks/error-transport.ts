/**
 * An error on its way from a thread to the caller. Structured clone alone loses the class, `code` and
 * every other own property, turns a DOMException into `{}` inside V8's serializer, and fails where an
 * own property is a function. What crosses instead, by kind of value:
 *
 * | thrown                              | arrives as                                                         |
 * | ----------------------------------- | ------------------------------------------------------------------ |
 * | a built-in error, or a subclass     | the built-in class, the same `name`                                |
 * | an error of granule's               | its class                                                          |
 * | a DOMException                      | a DOMException                                                     |
 * | `message`, `cause`, `errors`, `code` and every own property with a string key | the same, errors in them included |
 * | a function, a symbol key            | not at all                                                         |
 * | another part that cannot be copied  | the text that util.inspect has for it                              |
 * | plain data, no error                | a copy, as structured clone makes it                               |
 * | something else, no error            | a SerializationError with the text that util.inspect has for it    |
 */

export type { ErrorWire, TaskErrorInfo } from './error-wire.js';
export { encodeError } from './error-encoder.js';
export { decodeError } from './error-decoder.js';
export type { ErrorOrigin } from './error-decoder.js';
