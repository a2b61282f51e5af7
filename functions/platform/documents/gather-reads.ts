import type { Document } from '../../core/store/documents.ts';

type Found = ReadonlyMap<string, Document | null>;

/** Reads that wait for the turn to end, and then go together: one call costs little more than one of them. */
export function gatherReads(
  read: (names: readonly string[]) => Promise<Found>,
): (name: string) => Promise<Document | null> {
  let waiting: { names: Set<string>; found: Promise<Found> } | null = null;

  function gather() {
    const names = new Set<string>();
    const found = Promise.resolve().then(() => {
      waiting = null;
      return read([...names]);
    });
    return { names, found };
  }

  return async (name) => {
    waiting ??= gather();
    waiting.names.add(name);
    return (await waiting.found).get(name) ?? null;
  };
}
