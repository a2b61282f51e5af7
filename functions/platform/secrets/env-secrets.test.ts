import { expect, test } from '@jest/globals';
import { createEnvSecrets } from './env-secrets.ts';
import { contents, describeSecrets } from './secrets-contract.ts';

const env = Object.fromEntries(
  Object.entries(contents).map(([name, value]) => [name.toUpperCase().replaceAll('-', '_'), value]),
);

describeSecrets('secrets from the environment', () => createEnvSecrets(env));

test('openai-api-key is the variable OPENAI_API_KEY', async () =>
  expect((await createEnvSecrets({ OPENAI_API_KEY: 'sk-1' }).get('openai-api-key'))?.value).toBe('sk-1'));

test('another secret is another version, and the same one the same', async () => {
  const versionOf = async (value: string) => (await createEnvSecrets({ KEY: value }).get('key'))?.version;
  expect(await versionOf('one')).toBe(await versionOf('one'));
  expect(await versionOf('one')).not.toBe(await versionOf('two'));
});
