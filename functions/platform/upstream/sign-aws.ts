import { createHash, hash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { inSlices } from '../in-slices.ts';
import type { RequestBody, UpstreamRequest } from './upstream.ts';

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface AwsScope {
  credentials: AwsCredentials;
  /** `bedrock` for Bedrock's runtime. */
  service: string;
  region: string;
  now: Date;
}

/**
 * The request with AWS's signature, version 4. The path is signed as it is sent, encoded once more by the signer: a model id
 * with a colon is `%3A` on the wire and `%253A` in what is signed. The body's hash comes from Node, because the signer's own,
 * in JavaScript, would hold up every stream of this process for 10 ms per MiB.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function signAws(request: UpstreamRequest, scope: AwsScope): Promise<UpstreamRequest> {
  const { credentials, service, region, now } = scope;
  const url = new URL(request.url);
  const signer = new SignatureV4({ credentials, service, region, sha256: Sha256 });
  const bodyHash = await hashOf(request.body);
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: {
        ...request.headers,
        host: url.host,
        'x-amz-content-sha256': bodyHash,
      },
    },
    { signingDate: now },
  );
  return { ...request, headers: signed.headers };
}

function hashOf(body: RequestBody): string | Promise<string> {
  return typeof body === 'string' ? hash('sha256', body, 'hex') : inSlices(hashed(body));
}

function* hashed(pieces: readonly Buffer[]): Generator<void, string> {
  const sum = createHash('sha256');
  for (const piece of pieces) {
    sum.update(piece);
    yield;
  }
  return sum.digest('hex');
}
