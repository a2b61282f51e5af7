import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { crc32c } from './crc32c.ts';
import type { Secrets } from './secrets.ts';
import { trimSecret } from './trim-secret.ts';

/** How long one read may take, retries included. */
export const ACCESS_LIMIT_MS = 5_000;

/** gRPC codes: no such secret; a version that is disabled or destroyed. */
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

type ClientOptions = NonNullable<ConstructorParameters<typeof SecretManagerServiceClient>[0]>;

export interface SecretManagerOptions {
  projectId: string;
  /** For a server other than Google's. */
  client?: ClientOptions;
  limitMs?: number;
}

/** Secrets from Google Secret Manager. */
export function connectSecretManager({ projectId, client, limitMs = ACCESS_LIMIT_MS }: SecretManagerOptions): Secrets {
  const manager = new SecretManagerServiceClient({ projectId, ...client });

  async function access(name: string, version: string) {
    try {
      const path = `projects/${projectId}/secrets/${name}/versions/${version}`;
      const [reply] = await manager.accessSecretVersion({ name: path }, { timeout: limitMs });
      return reply;
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (code === NOT_FOUND || code === FAILED_PRECONDITION) return null;
      // The client's own message may name the project and the account.
      throw unreadable(typeof code === 'number' ? `gRPC ${code}` : 'before the call');
    }
  }

  return {
    async get(name, version = 'latest') {
      const reply = await access(name, version);
      if (reply === null) return null;
      const data = Buffer.from(reply.payload?.data ?? '');
      const checksum = reply.payload?.dataCrc32c;
      if (checksum != null && Number(checksum) !== crc32c(data)) throw unreadable('damaged');
      const value = trimSecret(data.toString('utf8'));
      return value === '' ? null : { value, version: reply.name?.split('/').at(-1) ?? version };
    },
    close: () => manager.close(),
  };
}

function unreadable(reason: string): Error {
  return new Error(`Secret Manager could not be read (${reason}).`);
}
