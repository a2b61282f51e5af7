import { expect, test } from '@jest/globals';
import { createEnvSecrets } from './env-secrets.ts';
import { describeSecrets } from './secrets-contract.ts';

describeSecrets('secrets from the environment', () => createEnvSecrets({ OPENAI_API_KEY: 'sk-test-1', EMPTY: '' }));

test('an empty variable is no secret', async () => {
  expect(await createEnvSecrets({ EMPTY: '' }).get('empty')).toBeNull();
});
