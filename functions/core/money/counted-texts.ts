import { TokenCounter } from './token-counter.ts';

/** Texts from this length on may be counted ahead; shorter ones take no time. UTF-16 units. */
export const LONG_TEXT = 512;
/** So much is counted before others get a turn, where they want one. */
const PIECE_LENGTH = 64 * 1024;

/** Texts of requests that run now. The same one may be in several. */
const known = new Map<string, { tokens: number; users: number }>();

/** The tokens of a text that was counted ahead; null where it was not. */
export function countedTokens(text: string): number | null {
  return text.length < LONG_TEXT ? null : (known.get(text)?.tokens ?? null);
}

/**
 * Counts texts ahead of whoever will ask for their tokens in one go: thirty megabytes take a third of a second, which nobody
 * else should wait for. `breathe` is awaited between pieces. Gives back what forgets them again; call it once.
 */
export async function countAhead(
  texts: readonly string[],
  breathe: () => Promise<void> | undefined,
): Promise<() => void> {
  const counted: string[] = [];
  try {
    for (const text of texts) {
      // Somebody else may count the same meanwhile: then it is counted twice, and known once.
      const tokens = known.get(text)?.tokens ?? (await count(text, breathe));
      const entry = known.get(text) ?? { tokens, users: 0 };
      entry.users++;
      known.set(text, entry);
      counted.push(text);
    }
  } catch (error) {
    forget(counted);
    throw error;
  }
  return () => forget(counted);
}

function forget(texts: readonly string[]): void {
  for (const text of texts) {
    const entry = known.get(text);
    if (entry === undefined) continue;
    entry.users--;
    if (entry.users === 0) known.delete(text);
  }
}

async function count(text: string, breathe: () => Promise<void> | undefined): Promise<number> {
  const counter = new TokenCounter();
  for (let from = 0; from < text.length; from += PIECE_LENGTH) {
    counter.add(text.slice(from, from + PIECE_LENGTH));
    const turn = breathe();
    if (turn !== undefined) await turn;
  }
  return counter.tokens;
}
