import { type AdminScope, adminScopes } from '../../core/admin-scopes.ts';
import { MeshError } from '../../core/errors.ts';
import type { Call } from '../http/call.ts';

/** Who administers: the holder of an admin key. */
export type Admin = NonNullable<Call['admin']>;

/** The holder of the one key that the configuration names, who may do everything. */
export const configuredAdmin: Admin = { id: 'configured', scopes: new Set(adminScopes), expiresAt: null };

/** The administrator whom the guard of a path has let pass. */
export function adminOf({ admin }: Pick<Call, 'admin'>): Admin {
  if (admin === null) throw new TypeError('No administrator was let pass here.');
  return admin;
}

/** Throws `forbidden` where an admin key is not for that. */
export function requireScope({ scopes }: Admin, scope: AdminScope, what = 'This'): void {
  if (scopes.has(scope)) return;
  throw new MeshError('forbidden', {
    message: `${what} takes an admin key with the scope ${scope}.`,
    details: { scope },
  });
}
