import { createHash } from 'node:crypto';
import type { Secrets } from './secrets.ts';
import { trimSecret } from './trim-secret.ts';

/** Secrets from environment variables: `openai-api-key` is `OPENAI_API_KEY`. An empty variable is no secret. */
export function createEnvSecrets(env: Readonly<Record<string, string | undefined>>): Secrets {
  return {
    async get(name, version) {
      const value = trimSecret(env[name.toUpperCase().replaceAll('-', '_')] ?? '');
      if (!value) return null;
      // A variable has no versions; part of its hash tells whether it is another than before.
      const current = createHash('sha256').update(value).digest('hex').slice(0, 12);
      return version === undefined || version === 'latest' || version === current ? { value, version: current } : null;
    },
    async close() {},
  };
}
