import { credentials, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { crc32c } from '../../functions/platform/secrets/crc32c.ts';

/** The call that fails, and how. */
export interface SecretManagerFault {
  of: string;
  code: status;
}

type Answer = (error: object | null, bytes?: Buffer) => void;

/** Fields of a message by their number, the last of each; no message here has other kinds than these. */
function fieldsOf(message: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    if ((tag & 7) === 0) fields.set(tag >> 3, Buffer.from(varint().toString()));
    else {
      const length = Number(varint());
      fields.set(tag >> 3, message.subarray(at, at + length));
      at += length;
    }
  }
  return fields;
}

const bytesField = (field: number, bytes: Buffer) =>
  Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);

const nameOf = (path: string) => /^projects\/demo\/secrets\/([^/]+)/.exec(path)?.[1] ?? '';

/** What of Secret Manager is called for owners' secrets, over real gRPC on the loopback interface. */
export async function startSecretManager() {
  /** Secrets and their one version; null for one that has none. */
  const held = new Map<string, Buffer | null>();
  let fault: SecretManagerFault | null = null;

  const calls: Record<string, (fields: Map<number, Buffer>) => status | Buffer> = {
    CreateSecret(fields) {
      const name = String(fields.get(2));
      if (String(fields.get(1)) !== 'projects/demo') return status.INVALID_ARGUMENT;
      if (held.has(name)) return status.ALREADY_EXISTS;
      held.set(name, null);
      return bytesField(1, Buffer.from(name));
    },
    AddSecretVersion(fields) {
      const name = nameOf(String(fields.get(1)));
      const payload = fieldsOf(fields.get(2) ?? Buffer.alloc(0));
      const data = payload.get(1) ?? Buffer.alloc(0);
      if (!held.has(name)) return status.NOT_FOUND;
      if (String(payload.get(2)) !== String(crc32c(data))) return status.INVALID_ARGUMENT;
      held.set(name, Buffer.from(data));
      return bytesField(1, Buffer.from(`projects/7/secrets/${name}/versions/1`));
    },
    AccessSecretVersion(fields) {
      const path = String(fields.get(1));
      const data = held.get(nameOf(path));
      if (data == null) return status.NOT_FOUND;
      const version = `projects/7/secrets/${nameOf(path)}/versions/1`;
      return Buffer.concat([bytesField(1, Buffer.from(version)), bytesField(2, bytesField(1, data))]);
    },
    DeleteSecret(fields) {
      return held.delete(nameOf(String(fields.get(1)))) ? Buffer.alloc(0) : status.NOT_FOUND;
    },
  };

  // Nobody asks a metadata server for credentials that this one does not want.
  process.env.METADATA_SERVER_DETECTION = 'none';
  const server = new Server();
  const raw = (bytes: Buffer) => bytes;
  const methodOf = (name: string) => ({
    path: `/google.cloud.secretmanager.v1.SecretManagerService/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  });
  const names = Object.keys(calls);
  server.addService(
    Object.fromEntries(names.map((name) => [name, methodOf(name)])),
    Object.fromEntries(
      names.map((name) => [
        name,
        ({ request }: { request: Buffer }, answer: Answer) => {
          const refuse = (code: status) => answer({ code, details: 'project 7, account mesh@x, secret sk-one' });
          if (fault?.of === name) return refuse(fault.code);
          const result = calls[name]?.(fieldsOf(request)) ?? status.UNIMPLEMENTED;
          return typeof result === 'number' ? refuse(result) : answer(null, result);
        },
      ]),
    ),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    held,
    fail(next: SecretManagerFault | null): void {
      fault = next;
    },
    /** What a client is told of it. */
    client: () => ({ apiEndpoint: '127.0.0.1', port, sslCreds: credentials.createInsecure() }),
    close: () => server.forceShutdown(),
  };
}
