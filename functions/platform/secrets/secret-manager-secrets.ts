import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { crc32c } from './crc32c.ts';
import type { Secrets } from './secrets.ts';

/** How long one read may take, retries included. */
export const ACCESS_LIMIT_MS = 5_000;

/** gRPC codes: no such secret; a version that is disabled or destroyed. */
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

type ClientOptions = NonNullable<ConstructorParameters<typeof SecretManagerServiceClient>[0]>;

/** Secrets from Google Secret Manager. `client` is for a server other than Google's. */
export function connectSecretManager({ projectId, client }: { projectId: string; client?: ClientOptions }): Secrets {
  const manager = new SecretManagerServiceClient({ projectId, ...client });
  return {
    async get(name, version = 'latest') {
      try {
        const path = `projects/${projectId}/secrets/${name}/versions/${version}`;
        const [reply] = await manager.accessSecretVersion({ name: path }, { timeout: ACCESS_LIMIT_MS });
        const data = Buffer.from(reply.payload?.data ?? '');
        const checksum = reply.payload?.dataCrc32c;
        if (checksum != null && Number(checksum) !== crc32c(data)) throw new Error('checksum');
        return { value: data.toString('utf8').trim(), version: reply.name?.split('/').at(-1) ?? version };
      } catch (error) {
        const code = (error as { code?: unknown }).code;
        if (code === NOT_FOUND || code === FAILED_PRECONDITION) return null;
        // The client's own message may name the project and the account.
        throw new Error(`Secret Manager could not be read (${typeof code === 'number' ? `gRPC ${code}` : 'damaged'}).`);
      }
    },
    close: () => manager.close(),
  };
}
