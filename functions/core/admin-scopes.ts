/**
 * What an admin key may be let do. `catalogue:credentials` is to say where our own credentials go: whoever can say that can have
 * them sent to himself. `money:write` is to change balances.
 */
export const adminScopes = [
  'owners:read',
  'owners:write',
  'money:write',
  'keys:read',
  'keys:write',
  'provider_keys:read',
  'provider_keys:write',
  'admin_keys:read',
  'admin_keys:write',
  'usage:read',
  'audit:read',
  'alerts:read',
  'alerts:write',
  'operations:read',
  'operations:write',
  'catalogue:read',
  'catalogue:write',
  'catalogue:credentials',
] as const;
export type AdminScope = (typeof adminScopes)[number];
