import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { crc32c } from './crc32c.ts';
import type { SecretVault } from './secret-vault.ts';
import { trimSecret } from './trim-secret.ts';

/** How long one call may take, retries included. */
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

/** Secrets in Google Secret Manager. */
export function connectSecretManager({
  projectId,
  client,
  limitMs = ACCESS_LIMIT_MS,
}: SecretManagerOptions): SecretVault {
  const manager = new SecretManagerServiceClient({ projectId, ...client });

  async function access(name: string, version: string) {
    try {
      const path = `projects/${projectId}/secrets/${name}/versions/${version}`;
      const [reply] = await manager.accessSecretVersion({ name: path }, { timeout: limitMs });
      return reply;
    } catch (error) {
      const code = codeOf(error);
      if (code === NOT_FOUND || code === FAILED_PRECONDITION) return null;
      // The client's own message may name the project and the account.
      throw failed('read', reasonOf(error));
    }
  }

  return {
    async get(name, version = 'latest') {
      const reply = await access(name, version);
      if (reply === null) return null;
      const data = Buffer.from(reply.payload?.data ?? '');
      const checksum = reply.payload?.dataCrc32c;
      if (checksum != null && Number(checksum) !== crc32c(data)) throw failed('read', 'damaged');
      const value = trimSecret(data.toString('utf8'));
      return value === '' ? null : { value, version: reply.name?.split('/').at(-1) ?? version };
    },
    async put(name, value) {
      const timeout = { timeout: limitMs };
      const data = Buffer.from(value);
      const payload = { data, dataCrc32c: crc32c(data) };
      try {
        const secret = { replication: { automatic: {} } };
        await manager.createSecret({ parent: `projects/${projectId}`, secretId: name, secret }, timeout);
        await manager.addSecretVersion({ parent: `projects/${projectId}/secrets/${name}`, payload }, timeout);
      } catch (error) {
        throw failed('written', reasonOf(error));
      }
    },
    async destroy(name) {
      try {
        await manager.deleteSecret({ name: `projects/${projectId}/secrets/${name}` }, { timeout: limitMs });
      } catch (error) {
        if (codeOf(error) !== NOT_FOUND) throw failed('written', reasonOf(error));
      }
    },
    close: () => manager.close(),
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return typeof code === 'number' ? `gRPC ${code}` : 'before the call';
}

function failed(what: 'read' | 'written', reason: string): Error {
  return new Error(`Secret Manager could not be ${what} (${reason}).`);
}
