/**
 * One listener a signal, however many calls and waits it stops: a service may give one signal to hundreds of them,
 * and Node warns of a leak from the eleventh listener on.
 *
 * A signal may also come from a polyfill, or be something that looks like one. What such a one throws as it is listened
 * to is thrown on, before anything is remembered; what it throws as it is left, or as it is asked for its reason, stops
 * nobody from being stopped.
 */
type Stop = (reason: unknown) => void;

interface Watch {
  readonly stops: Set<Stop>;
  readonly listener: () => void;
}

const watched = new WeakMap<AbortSignal, Watch>();

/**
 * Calls `stop` once, with the signal's reason, when the signal is aborted; the returned function takes that back. Never
 * calls it before it has returned, also if the signal has been aborted already: a getter of the call's own arguments
 * may have done that after the signal was looked at.
 */
export function onAbort(signal: AbortSignal, stop: Stop): () => void {
  const watch = watched.get(signal) ?? begin(signal);
  watch.stops.add(stop);
  return () => {
    watch.stops.delete(stop);
    if (watch.stops.size === 0 && watched.get(signal) === watch) forget(signal, watch);
  };
}

function begin(signal: AbortSignal): Watch {
  const stops = new Set<Stop>();
  const watch: Watch = {
    stops,
    listener: () => {
      forget(signal, watch);
      const reason = reasonOf(signal);
      for (const stop of [...stops]) if (stops.delete(stop)) stop(reason);
    },
  };
  signal.addEventListener('abort', watch.listener, { once: true });
  // It will say no more.
  if (signal.aborted) queueMicrotask(watch.listener);
  watched.set(signal, watch);
  return watch;
}

function forget(signal: AbortSignal, watch: Watch): void {
  if (watched.get(signal) === watch) watched.delete(signal);
  try {
    signal.removeEventListener('abort', watch.listener);
  } catch {
    // It keeps a listener that does nothing any more.
  }
}

/** Why it was aborted; where that cannot be read, why it cannot. */
export function reasonOf(signal: AbortSignal): unknown {
  try {
    return signal.reason;
  } catch (error) {
    return error;
  }
}
