/**
 * What hears of a listener's errors, so that it cannot end the process: timers and clients call it, and nobody catches what it
 * throws. Whoever cannot even hear of an error cannot be told of that one.
 */
export function harmless(onError: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    try {
      onError(error);
    } catch {}
  };
}
