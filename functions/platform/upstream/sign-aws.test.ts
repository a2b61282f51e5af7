import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type AwsScope, signAws } from './sign-aws.ts';
import type { UpstreamRequest } from './upstream.ts';

const scope: AwsScope = {
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  service: 'bedrock',
  region: 'ap-south-1',
  now: new Date(Date.UTC(2026, 10, 23, 4, 5, 6)),
};
const DATE = '20261123';
const TIME = '20261123T040506Z';
const HOST = 'bedrock-runtime.ap-south-1.amazonaws.com';
const request: UpstreamRequest & { body: string } = {
  url: `https://${HOST}/model/global.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream`,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"messages":[{"role":"user","content":[{"text":"वर्षा"}]}]}',
};

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The signature by AWS's own description, step by step, and by none of its code. */
function signatureOf(canonicalRequest: string, { credentials, region, service }: AwsScope): string {
  const text = ['AWS4-HMAC-SHA256', TIME, `${DATE}/${region}/${service}/aws4_request`, sha256(canonicalRequest)];
  const key = [DATE, region, service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  return hmac(key, text.join('\n')).toString('hex');
}

function canonical(path: string, query: string, headers: readonly [string, string][], body: string): string {
  return [
    'POST',
    path,
    query,
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    headers.map(([name]) => name).join(';'),
    sha256(body),
  ].join('\n');
}

const signedHeaders = (body: string): [string, string][] => [
  ['content-type', 'application/json'],
  ['host', HOST],
  ['x-amz-content-sha256', sha256(body)],
  ['x-amz-date', TIME],
];

describe('a signature is the one that AWS computes', () => {
  test('with the colon of a model id encoded once on the wire and twice in what is signed', async () => {
    const { headers, url } = await signAws(request, scope);
    const path = '/model/global.anthropic.claude-sonnet-4-5-20250929-v1%253A0/converse-stream';
    const signature = signatureOf(canonical(path, '', signedHeaders(request.body), request.body), scope);
    expect(url).toBe(request.url);
    expect(headers).toMatchObject({ 'x-amz-date': TIME, 'content-type': 'application/json' });
    expect(headers.authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${DATE}/ap-south-1/bedrock/aws4_request, ` +
        `SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
    );
  });

  test('with the token of a session', async () => {
    const credentials = { ...scope.credentials, sessionToken: 'session/token==' };
    const { headers } = await signAws(request, { ...scope, credentials });
    const path = '/model/global.anthropic.claude-sonnet-4-5-20250929-v1%253A0/converse-stream';
    const signed: [string, string][] = [...signedHeaders(request.body), ['x-amz-security-token', 'session/token==']];
    expect(headers['x-amz-security-token']).toBe('session/token==');
    expect(headers.authorization).toContain(
      `Signature=${signatureOf(canonical(path, '', signed, request.body), scope)}`,
    );
  });

  test('with a query', async () => {
    const { headers } = await signAws({ ...request, url: `https://${HOST}/v1?b=2&a=x%20y` }, scope);
    const signed = canonical('/v1', 'a=x%20y&b=2', signedHeaders(request.body), request.body);
    expect(headers.authorization).toContain(`Signature=${signatureOf(signed, scope)}`);
  });
});

test('another body has another signature', async () => {
  const [one, two] = await Promise.all(['{}', '{ }'].map((body) => signAws({ ...request, body }, scope)));
  expect(one?.headers.authorization).not.toBe(two?.headers.authorization);
});

test('a hash that came with the request is not believed', async () => {
  const forged = { ...request, headers: { ...request.headers, 'x-amz-content-sha256': sha256('another body') } };
  expect((await signAws(forged, scope)).headers).toEqual((await signAws(request, scope)).headers);
});

test('a body in pieces has the signature of the whole', async () => {
  const pieces = [...request.body].map((character) => Buffer.from(character));
  const inPieces = await signAws({ ...request, body: pieces }, scope);
  expect(inPieces.headers).toEqual((await signAws(request, scope)).headers);
  expect(inPieces.body).toBe(pieces);
});
