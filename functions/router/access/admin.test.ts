import { expect, test } from '@jest/globals';
import { adminScopes } from '../../core/admin-scopes.ts';
import { configuredAdmin, requireScope } from './admin.ts';

test('the configured admin key may do everything', () => {
  for (const scope of adminScopes) expect(() => requireScope(configuredAdmin, scope)).not.toThrow();
});

test('an admin key without a scope is told which one it takes', () => {
  const reader = { id: 'adm_1', scopes: new Set(['catalogue:read' as const]), expiresAt: null };
  expect(() => requireScope(reader, 'catalogue:read')).not.toThrow();
  expect(() => requireScope(reader, 'catalogue:write')).toThrow(
    expect.objectContaining({ code: 'forbidden', details: { scope: 'catalogue:write' } }),
  );
});
