/**
 * One listener a signal, however many calls and waits it stops: a service may give one signal to hundreds of them,
 * and Node warns of a leak from the eleventh listener on.
 */
const watched = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `stop` once when the signal is aborted; the returned function takes that back. */
export function onAbort(signal: AbortSignal, stop: () => void): () => void {
  const stops = watched.get(signal) ?? watch(signal);
  stops.add(stop);
  return () => {
    stops.delete(stop);
    if (stops.size === 0 && watched.get(signal) === stops) forget(signal);
  };
}

const listeners = new WeakMap<AbortSignal, () => void>();

function watch(signal: AbortSignal): Set<() => void> {
  const stops = new Set<() => void>();
  const listener = (): void => {
    forget(signal);
    for (const stop of [...stops]) stop();
  };
  watched.set(signal, stops);
  listeners.set(signal, listener);
  signal.addEventListener('abort', listener, { once: true });
  return stops;
}

function forget(signal: AbortSignal): void {
  const listener = listeners.get(signal);
  if (listener !== undefined) signal.removeEventListener('abort', listener);
  watched.delete(signal);
  listeners.delete(signal);
}
