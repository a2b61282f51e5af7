import type { Secrets } from './secrets.ts';

/** Secrets that are also written: those of owners. Each name is written once. Values never appear in errors. */
export interface SecretVault extends Secrets {
  /** Keeps a text under a name that is new. Throws where it could not; then it may be there in part, and `destroy` removes it. */
  put(name: string, value: string): Promise<void>;
  /** Afterwards nothing is there under that name, whether something was or not. */
  destroy(name: string): Promise<void>;
}
