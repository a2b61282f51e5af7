import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { credentials, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { crc32c } from './crc32c.ts';
import { connectSecretManager } from './secret-manager-secrets.ts';
import { contents, describeSecrets } from './secrets-contract.ts';

/** Secret Manager's one method that we call, over real gRPC on the loopback interface. */
const server = new Server();
let port: number;
/** What the next calls are answered with instead. */
let fault: { code: status } | { checksum: number } | null = null;

const raw = (bytes: Buffer) => bytes;
const method = {
  path: '/google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion',
  requestStream: false,
  responseStream: false,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
} as const;

beforeAll(async () => {
  // Nobody asks a metadata server for credentials that this one does not want.
  process.env.METADATA_SERVER_DETECTION = 'none';
  server.addService(
    { AccessSecretVersion: method },
    {
      AccessSecretVersion: (call: { request: Buffer }, reply: (error: object | null, bytes?: Buffer) => void) => {
        const refuse = (code: status) => reply({ code, details: 'project 7, account mesh@x, secret sk-test-1' });
        if (fault !== null && 'code' in fault) return refuse(fault.code);
        const [, name = ''] =
          /^projects\/demo\/secrets\/([^/]+)\/versions\/(?:latest|3)$/.exec(text(call.request)) ?? [];
        const value = (contents as Record<string, string>)[name];
        if (value === undefined) return refuse(status.NOT_FOUND);
        const data = Buffer.from(value);
        const checksum = fault === null ? crc32c(data) : fault.checksum;
        return reply(null, encodeReply(`projects/7/secrets/${name}/versions/3`, data, checksum));
      },
    },
  );
  port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
});

afterAll(() => server.forceShutdown());
beforeEach(() => {
  fault = null;
});

const clientOf = (to: number) => ({ apiEndpoint: '127.0.0.1', port: to, sslCreds: credentials.createInsecure() });
const connect = () => connectSecretManager({ projectId: 'demo', client: clientOf(port) });

describeSecrets('secrets from Secret Manager', () => connect());

test('the version is that of the store, by which it is found again', async () => {
  const secrets = connect();
  expect((await secrets.get('openai-api-key'))?.version).toBe('3');
  await secrets.close();
});

test('a version that is disabled or destroyed is no secret', async () => {
  const secrets = connect();
  fault = { code: status.FAILED_PRECONDITION };
  expect(await secrets.get('openai-api-key')).toBeNull();
  await secrets.close();
});

test.each([
  ['a payload that was damaged on its way', { checksum: 1 }, 'damaged'],
  ['a refusal', { code: status.PERMISSION_DENIED }, 'gRPC 7'],
  ['a name that the store does not take', { code: status.INVALID_ARGUMENT }, 'gRPC 3'],
])('%s is thrown, and tells neither secret nor account', async (_, injected, reason) => {
  const secrets = connect();
  fault = injected;
  const error: unknown = await secrets.get('openai-api-key').catch((thrown: unknown) => thrown);
  expect(error).toEqual(new Error(`Secret Manager could not be read (${reason}).`));
  expect((error as Error).cause).toBeUndefined();
  await secrets.close();
});

test('a store that never answers is given up within the limit', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const client = clientOf((silent.address() as AddressInfo).port);
  const secrets = connectSecretManager({ projectId: 'demo', client, limitMs: 300 });
  await expect(secrets.get('openai-api-key')).rejects.toThrow('Secret Manager could not be read (gRPC 4).');
  await secrets.close();
  for (const socket of sockets) socket.destroy();
  silent.close();
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
