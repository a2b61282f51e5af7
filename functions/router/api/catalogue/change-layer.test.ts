import { expect, test } from '@jest/globals';
import { parseCatalogueFile } from '../../../catalogue/catalogue-file.ts';
import { configuredAdmin } from '../../access/admin.ts';
import { refuseDestinations } from './change-layer.ts';

const before = parseCatalogueFile({ providers: { acme: { base_url: 'https://acme.test' } } });
const after = parseCatalogueFile({ providers: { acme: { base_url: 'https://evil.test' } } });
const writer = { id: 'adm_1', scopes: new Set(['catalogue:read', 'catalogue:write'] as const), expiresAt: null };

test('who may write but not say where credentials go is refused, whichever way he turns it', () => {
  for (const [one, other] of [
    [before, after],
    [before, {}],
    [{}, after],
  ] as const) {
    expect(() => refuseDestinations(writer, one, other)).toThrow(
      expect.objectContaining({ code: 'forbidden', details: { scope: 'catalogue:credentials' } }),
    );
  }
});

test('he may change all else, and who may say it may', () => {
  const priced = parseCatalogueFile({ ...before, models: { 'a/b': { context_length: 100 } } });
  expect(() => refuseDestinations(writer, before, priced)).not.toThrow();
  expect(() => refuseDestinations(configuredAdmin, before, after)).not.toThrow();
});
