/**
 * What may be said of an unexpected error: its kind, and the place in our code that it came from. Never its message, which
 * may quote a request or a key. Never throws, whatever was thrown: an error may have a name or a stack that cannot be read.
 */
export function errorFacts(thrown: unknown): { error: string; at: string | null } {
  try {
    if (!(thrown instanceof Error)) return { error: typeof thrown, at: null };
    return { error: String(thrown.name), at: firstFrame(String(thrown.stack)) };
  } catch {
    return { error: 'unreadable', at: null };
  }
}

/** `leases.ts:12:3`: the first frame of our code, or of a library where ours has none. Lines of the message are none. */
function firstFrame(stack: string): string | null {
  const frames = stack.split('\n').filter((line) => /^ +at .*\.[cm]?[jt]s:\d+:\d+\)?$/.test(line));
  const frame = frames.find((line) => !line.includes('/node_modules/')) ?? frames[0] ?? '';
  return /([\w.-]+\.[cm]?[jt]s:\d+:\d+)\)?$/.exec(frame)?.[1] ?? null;
}
