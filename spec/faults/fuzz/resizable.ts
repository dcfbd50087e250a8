/** An ArrayBuffer that can be made smaller; the types of ES2022 do not know of it, every Node that runs this does. */
export interface Resizable extends ArrayBuffer {
  resize(bytes: number): void;
}

export function resizable(bytes: number): Resizable {
  return Reflect.construct(ArrayBuffer, [bytes, { maxByteLength: 64 }]) as Resizable;
}
