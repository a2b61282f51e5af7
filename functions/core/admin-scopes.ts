/**
 * What an admin key may be let do, where not every admin key may: `catalogue:credentials` is to say where our own credentials go,
 * for whoever can say that can have them sent to himself.
 */
export const adminScopes = ['catalogue:read', 'catalogue:write', 'catalogue:credentials'] as const;
export type AdminScope = (typeof adminScopes)[number];
