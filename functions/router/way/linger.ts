import { ClientGone } from '../../core/client-gone.ts';

/** After its client has left, an upstream that has finished may still report usage for so long. Milliseconds. */
export const LATE_USAGE_MS = 250;
/** One that has not finished is read only as far as its bytes are here already: every token more costs us. */
export const ON_THE_WIRE_MS = 20;

/**
 * The signal of an exchange with an upstream: the call's own, but that a client's leaving takes effect only when what is on
 * the wire has been read.
 */
export function linger(signal: AbortSignal, hasFinished: () => boolean): AbortSignal {
  const exchange = new AbortController();
  const stop = () => {
    if (!(signal.reason instanceof ClientGone)) exchange.abort(signal.reason);
    else setTimeout(() => exchange.abort(signal.reason), hasFinished() ? LATE_USAGE_MS : ON_THE_WIRE_MS);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return exchange.signal;
}
