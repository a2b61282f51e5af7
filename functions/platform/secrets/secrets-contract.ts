import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Secrets } from './secrets.ts';

/** What the store holds for the contract, and nothing else. */
export const contents = {
  'openai-api-key': 'sk-test-1',
  'with-newline': ' sk-test-2\n',
  'quoted-key': ' "sk-test-3"\n',
  'empty-key': '',
  'quoted-nothing': '""',
  'blank-key': ' \n',
} as const;

/** What every adapter of `Secrets` must do. */
export function describeSecrets(name: string, open: () => Secrets | Promise<Secrets>): void {
  describe(name, () => {
    let secrets: Secrets;
    beforeAll(async () => {
      secrets = await open();
    });
    afterAll(() => secrets.close());

    test('finds a secret by its name, with a version that finds it again', async () => {
      const secret = await secrets.get('openai-api-key');
      expect(secret?.value).toBe('sk-test-1');
      expect(secret?.version).not.toBe('latest');
      expect(await secrets.get('openai-api-key', secret?.version)).toEqual(secret);
      expect(await secrets.get('openai-api-key', 'latest')).toEqual(secret);
    });

    test('a version does not tell the secret', async () => {
      expect((await secrets.get('openai-api-key'))?.version).not.toContain('sk-test');
    });

    test('a newline at the end of a secret does not end up in a header', async () => {
      expect((await secrets.get('with-newline'))?.value).toBe('sk-test-2');
    });

    test('quotes around a secret are not of it', async () => {
      expect((await secrets.get('quoted-key'))?.value).toBe('sk-test-3');
    });

    test.each(['no-such-key', 'empty-key', 'blank-key', 'quoted-nothing'])('%s is null', async (key) =>
      expect(await secrets.get(key)).toBeNull(),
    );

    test('a version that is not there is null', async () =>
      expect(await secrets.get('openai-api-key', '99')).toBeNull());
  });
}
