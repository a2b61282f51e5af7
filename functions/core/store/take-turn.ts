import type { Documents } from './documents.ts';
import { transact } from './transact.ts';

/** `turns/{name}`: when one of all instances last did what one of them does, and what of it is done. */
export const TURNS = 'turns';

/**
 * Whether it is this instance's turn at something that one of them does every so often: of all that ask, one is told so. One that
 * dies in its turn leaves it to the next. `now`: Unix milliseconds.
 */
export function takeTurn(documents: Documents, name: string, everyMs: number, now: number): Promise<boolean> {
  return transact(documents, async (tx) => {
    const found = await tx.get(TURNS, name);
    const last = found?.data.at;
    if (last instanceof Date && now - last.getTime() < everyMs) return false;
    const expect = found === null ? 'absent' : { version: found.version };
    tx.write({ kind: 'set', collection: TURNS, id: name, data: { at: new Date(now) }, expect });
    return true;
  });
}
