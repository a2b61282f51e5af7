import type { Context } from './context.ts';

/** What takes longer than this says so. */
const SILENT_MS = 1_000;

/** Awaits work, and says what is done where it takes more than a second and somebody watches. */
export async function withProgress<T>(context: Context, what: string, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => {
    if (context.isWatched) context.complain(`${what} …`);
  }, SILENT_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
