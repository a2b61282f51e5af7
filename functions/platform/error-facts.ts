/**
 * What may be said of an unexpected error: its kind, and the place in our code that it came from. Never its message, which
 * may quote a request or a key.
 */
export function errorFacts(thrown: unknown): { error: string; at: string | null } {
  const isError = thrown instanceof Error;
  return { error: isError ? thrown.name : typeof thrown, at: isError ? firstFrame(thrown.stack ?? '') : null };
}

/** `leases.ts:12:3`. */
function firstFrame(stack: string): string | null {
  return /\bat .*?([\w-]+\.[cm]?[jt]s:\d+:\d+)/.exec(stack)?.[1] ?? null;
}
