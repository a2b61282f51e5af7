import { signal } from '@preact/signals';

/** Where a key is kept if its holder asks for it: until the tab is closed. */
const KEPT = 'mesh-key';

export interface Session {
  key: string;
  /** By the key's prefix: `mak_` is an operator's, `rsk_` a developer's. */
  kind: 'operator' | 'developer';
}

export const session = signal<Session | null>(toSession(sessionStorage.getItem(KEPT) ?? ''));
/** Why one has to sign in again; null where there is nothing to say. */
export const farewell = signal<string | null>(null);

/** Null for what is no key of ours. */
export function toSession(text: string): Session | null {
  const key = text.trim();
  // What has other letters is none, and no header can carry it.
  if (/^mak_[\w-]+$/.test(key)) return { key, kind: 'operator' };
  return /^rsk_[\w-]+$/.test(key) ? { key, kind: 'developer' } : null;
}

export function signIn(given: Session, isKept: boolean): void {
  if (isKept) sessionStorage.setItem(KEPT, given.key);
  farewell.value = null;
  session.value = given;
}

/** `why`: what is said where one signs in again. */
export function signOut(why: string | null = null): void {
  sessionStorage.removeItem(KEPT);
  farewell.value = why;
  session.value = null;
}
