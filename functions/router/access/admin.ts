import { type AdminScope, adminScopes } from '../../core/admin-scopes.ts';
import { MeshError } from '../../core/errors.ts';

/** Who administers: the holder of an admin key. */
export interface Admin {
  /** For the audit log; never a key or its hash. */
  id: string;
  scopes: ReadonlySet<AdminScope>;
}

/** The holder of the one key that the configuration names, who may do everything. */
export const configuredAdmin: Admin = { id: 'configured', scopes: new Set(adminScopes) };

/** Throws `forbidden` where an admin key is not for that. */
export function requireScope({ scopes }: Admin, scope: AdminScope, what = 'This'): void {
  if (scopes.has(scope)) return;
  throw new MeshError('forbidden', {
    message: `${what} takes an admin key with the scope ${scope}.`,
    details: { scope },
  });
}
