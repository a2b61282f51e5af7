import { describe, expect, test } from '@jest/globals';
import type { Secrets } from './secrets.ts';

/** What every adapter of `Secrets` must do; the store holds `openai-api-key` with the text `sk-test-1`, and no other. */
export function describeSecrets(name: string, open: () => Secrets): void {
  describe(name, () => {
    test('finds a secret by its name, with a version that finds it again', async () => {
      const secrets = open();
      const secret = await secrets.get('openai-api-key');
      expect(secret?.value).toBe('sk-test-1');
      expect(await secrets.get('openai-api-key', secret?.version)).toEqual(secret);
    });

    test('has null for a name that nobody gave, and for a version that is not there', async () => {
      const secrets = open();
      expect(await secrets.get('no-such-key')).toBeNull();
      expect(await secrets.get('openai-api-key', '99')).toBeNull();
    });
  });
}
