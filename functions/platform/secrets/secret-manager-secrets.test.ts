import { credentials, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { crc32c } from './crc32c.ts';
import { connectSecretManager } from './secret-manager-secrets.ts';
import type { Secrets } from './secrets.ts';
import { describeSecrets } from './secrets-contract.ts';

/** Secret Manager's one method that we call, over real gRPC on the loopback interface. */
const server = new Server();
const value = Buffer.from('sk-test-1');
let damaged = false;
let denied = false;
let secrets: Secrets;

beforeAll(async () => {
  server.addService(
    {
      AccessSecretVersion: {
        path: '/google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion',
        requestStream: false,
        responseStream: false,
        requestSerialize: (bytes: Buffer) => bytes,
        requestDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: (bytes: Buffer) => bytes,
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    },
    {
      AccessSecretVersion: (call: { request: Buffer }, reply: (error: object | null, bytes?: Buffer) => void) => {
        const name = text(call.request);
        if (denied) return reply({ code: status.PERMISSION_DENIED, details: 'account mesh@x may not' });
        const match = /^projects\/demo\/secrets\/openai-api-key\/versions\/(latest|3)$/.exec(name);
        if (match === null) return reply({ code: status.NOT_FOUND, details: 'no' });
        return reply(
          null,
          encodeReply('projects/7/secrets/openai-api-key/versions/3', value, damaged ? 1 : crc32c(value)),
        );
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  secrets = connectSecretManager({
    projectId: 'demo',
    client: { apiEndpoint: '127.0.0.1', port, sslCreds: credentials.createInsecure() },
  });
});

afterAll(async () => {
  await secrets.close();
  server.forceShutdown();
});

describeSecrets('secrets from Secret Manager', () => secrets);

test('a payload that was damaged on its way is no secret', async () => {
  damaged = true;
  await expect(secrets.get('openai-api-key')).rejects.toThrow('Secret Manager could not be read (damaged).');
  damaged = false;
});

test('a refusal is thrown, without the account that was refused', async () => {
  denied = true;
  await expect(secrets.get('openai-api-key')).rejects.toThrow('Secret Manager could not be read (gRPC 7).');
  denied = false;
});

/** Field 1 of the request, a string shorter than 128 bytes. */
function text(request: Buffer): string {
  return request.subarray(2, 2 + (request[1] ?? 0)).toString();
}

/** `AccessSecretVersionResponse { name = 1; payload = 2 { data = 1; data_crc32c = 2 } }` by hand. */
function encodeReply(name: string, data: Buffer, checksum: number): Buffer {
  const bytesField = (field: number, bytes: Buffer) =>
    Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
  const payload = Buffer.concat([bytesField(1, data), Buffer.from([2 << 3]), varint(checksum)]);
  return Buffer.concat([bytesField(1, Buffer.from(name)), bytesField(2, payload)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
