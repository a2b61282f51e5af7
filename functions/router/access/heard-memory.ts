import type { Fields } from '../../core/store/documents.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Changes } from './change-feed.ts';

/** While nothing can be heard of changes, what is older than this is read again. */
export const MAX_UNHEARD_AGE_MS = 30_000;
/** Names under which there is nothing, remembered at most. They take no room from those under which there is something. */
const MAX_ABSENT = 10_000;

export interface HeardMemoryOptions<Value> {
  clock: Pick<Clock, 'monotonic'>;
  changes: Pick<Changes, 'hearing' | 'subscribe'>;
  /** Values at most; the one that was used longest ago goes first. */
  most: number;
  /** For how long it is remembered that there is nothing under a name; 0: not at all. */
  absentMs: number;
  /** Which values a change may have made old; null for a change of none, which costs nothing. */
  concerned(change: Fields): ((value: Value) => boolean) | null;
}

/** What was read of the store, by name, for as long as no change of it is heard. */
export interface HeardMemory<Value> {
  /** Null: there is none. Undefined: it has to be read. */
  peek(name: string): Value | null | undefined;
  /** Reads it anew, and remembers it unless a change was heard meanwhile: what was read may be old already. */
  read(name: string, read: () => Promise<Value | null>): Promise<Value | null>;
}

export function createHeardMemory<Value>(options: HeardMemoryOptions<Value>): HeardMemory<Value> {
  const { clock, changes, most, absentMs, concerned } = options;
  const cached = new Map<string, { value: Value; readAt: number }>();
  /** Until when there is taken to be nothing, by name. */
  const absent = new Map<string, number>();
  let heard = 0;

  changes.subscribe(
    (change) => {
      const isOld = concerned(change);
      if (isOld === null) return;
      heard++;
      absent.clear();
      for (const [name, { value }] of cached) if (isOld(value)) cached.delete(name);
    },
    () => {
      heard++;
      absent.clear();
      cached.clear();
    },
  );

  function keep(name: string, value: Value | null, readAt: number): void {
    if (value !== null) {
      cached.set(name, { value, readAt });
      if (cached.size > most) cached.delete(cached.keys().next().value ?? '');
    } else if (absentMs > 0) {
      if (absent.size >= MAX_ABSENT) absent.clear();
      absent.set(name, clock.monotonic() + absentMs);
    }
  }

  return {
    peek(name) {
      const known = cached.get(name);
      if (known !== undefined && (changes.hearing() || clock.monotonic() - known.readAt < MAX_UNHEARD_AGE_MS)) {
        cached.delete(name);
        cached.set(name, known);
        return known.value;
      }
      return (absent.get(name) ?? 0) > clock.monotonic() ? null : undefined;
    },
    async read(name, read) {
      const heardBefore = heard;
      const readAt = clock.monotonic();
      const value = await read();
      if (heard === heardBefore) keep(name, value, readAt);
      return value;
    },
  };
}
