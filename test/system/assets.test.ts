import { createHook } from 'node:async_hooks';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toAsset } from '../../functions/router/http/asset.ts';
import { type Mesh, startMesh } from '../support/start-mesh.ts';

/** What is the same for everybody is made and packed once, and sent only to whoever does not have it. */
let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh();
});
afterAll(() => mesh.close());

const paths = [
  '/',
  '/openapi.json',
  '/llms.txt',
  '/docs',
  '/docs/money',
  '/docs/money.md',
  '/docs/reference',
  '/docs/search.json',
  '/docs/rapidoc.js',
  '/docs/style.css',
] as const;

interface Answer {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Over plain HTTP, since `fetch` unpacks. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const sent = request(mesh.url + path, { method, headers }).end();
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of reply) pieces.push(piece);
  return { status: reply.statusCode, headers: reply.headers, body: Buffer.concat(pieces) };
}

/** How many packers are made while something is done. */
async function packersMade(work: () => Promise<unknown>): Promise<number> {
  let made = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'ZLIB') made++;
    },
  }).enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return made;
}

describe.each(paths)('%s', (path) => {
  test('has an ETag, and is not sent again to whoever has it, packed or not', async () => {
    const plain = await get(path);
    const { etag = '' } = plain.headers;
    expect(plain.status).toBe(200);
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const packed = await get(path, { 'accept-encoding': 'br' });
    expect(packed.headers).toMatchObject({ etag: `W/${etag}`, 'content-encoding': 'br' });
    expect(brotliDecompressSync(packed.body).equals(plain.body)).toBe(true);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { 'if-none-match': known, 'accept-encoding': 'br' });
      expect([again.status, again.headers.etag, again.body.length]).toEqual([304, etag, 0]);
      expect(again.headers['cache-control']).toBe(plain.headers['cache-control']);
    }
    const changed = await get(path, { 'if-none-match': '"other"' });
    expect([changed.status, changed.body.equals(plain.body)]).toEqual([200, true]);
    expect(await get(path, { 'if-none-match': etag }, 'HEAD')).toMatchObject({ status: 304 });
  });

  test('is packed once, however many ask for it at once', async () => {
    const ask = async (encoding: string) => {
      const { headers, body } = await get(path, { 'accept-encoding': encoding });
      expect(headers['content-encoding']).toBe(encoding);
      return body;
    };
    const first = await Promise.all(['br', 'gzip'].map(ask));
    expect(await packersMade(() => Promise.all(Array.from({ length: 20 }, () => ask('br'))))).toBe(0);
    expect(await packersMade(() => Promise.all(Array.from({ length: 20 }, () => ask('gzip'))))).toBe(0);
    expect(gunzipSync(first[1] as Buffer).equals((await get(path)).body)).toBe(true);
  });
});

test.each(['br', 'gzip'] as const)('twenty who ask first, at once, have it packed once (%s)', async (encoding) => {
  const asset = toAsset('text/plain', 'word '.repeat(10_000));
  expect(await packersMade(() => Promise.all(Array.from({ length: 20 }, () => asset.packed(encoding))))).toBe(1);
});
