import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { createBodyBudget } from './body-budget.ts';
import type { Call } from './call.ts';
import { LARGE_BODY_BYTES, MAX_BODY_BYTES, MAX_BODY_DEPTH, readJson } from './read-body.ts';

/** A call whose body comes without its length. */
function callWith(body: PassThrough): Call {
  const req = Object.assign(body, { headers: {} });
  return { req, res: new EventEmitter(), gone: new AbortController().signal, uploadMs: 0 } as unknown as Call;
}
const large = JSON.stringify('x'.repeat(LARGE_BODY_BYTES));

test('a large body waits for leave to be read, also where it has come before that', async () => {
  for (const allowed of [true, false]) {
    const body = new PassThrough();
    const read = readJson(callWith(body), {
      budget: createBodyBudget(10 * LARGE_BODY_BYTES),
      allowLarge: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (!allowed) throw new Error('no money');
      },
    });
    body.end(large);
    if (allowed) expect(await read).toHaveLength(LARGE_BODY_BYTES);
    else await expect(read).rejects.toThrow('no money');
  }
});

test.each([
  ['of a short body', 0],
  ['of one that turns out to be long', LARGE_BODY_BYTES],
])('the depth %s is looked at before it is built', async (_which, more) => {
  const body = new PassThrough();
  const read = readJson(callWith(body), { budget: createBodyBudget(10 * LARGE_BODY_BYTES) });
  const deep = MAX_BODY_DEPTH + 1;
  body.write('['.repeat(deep));
  body.end(`"${'x'.repeat(more)}"${']'.repeat(deep)}`);
  await expect(read).rejects.toMatchObject({ code: 'bad_request', details: { max_depth: MAX_BODY_DEPTH } });
});

test('what a budget has no room for is refused, and what was taken goes back', async () => {
  const budget = createBodyBudget(LARGE_BODY_BYTES);
  const body = new PassThrough();
  const read = readJson(callWith(body), { budget });
  body.end(large);
  await expect(read).rejects.toMatchObject({ code: 'provider_not_available', retryAfterSeconds: 1 });
  expect(budget.bytes()).toBe(0);
});

test.each([0, LARGE_BODY_BYTES])(
  'the numbers of schemas keep their digits, with %i bytes of prompt',
  async (length) => {
    const body = new PassThrough();
    const read = readJson(callWith(body), { budget: createBodyBudget(MAX_BODY_BYTES) });
    const text = `{"prompt":"${'x'.repeat(length)}","parameters":{"minimum":-9007199254740993,"maximum":1.50},"top_p":1.0}`;
    body.end(text);
    const parsed = (await read) as { top_p: number };
    expect(parsed.top_p).toBe(1);
    expect(JSON.stringify(parsed) === text.replace('1.0}', '1}')).toBe(true);
  },
);

const brotli = (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
const encodings = { gzip: gzipSync, deflate: deflateSync, br: brotli, zstd: zstdCompressSync };
test.each(Object.entries(encodings))(
  'a body may come as %s; a bomb and garbage are refused',
  async (encoding, compress) => {
    const read = (bytes: Buffer) => {
      const body = new PassThrough();
      const call = callWith(body);
      call.req.headers['content-encoding'] = encoding;
      const budget = createBodyBudget(10 * MAX_BODY_BYTES);
      const reading = readJson(call, { budget }).finally(() => {
        call.res.emit('close');
        expect(budget.bytes()).toBe(0);
      });
      body.end(bytes);
      return reading;
    };
    await expect(read(compress(Buffer.from('not JSON')))).rejects.toMatchObject({ code: 'bad_request' });
    await expect(read(Buffer.from('{"a":1}'))).rejects.toMatchObject({ code: 'bad_request' });
    await expect(read(compress(Buffer.alloc(MAX_BODY_BYTES + 1, ' ')))).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    const body = new PassThrough();
    const call = callWith(body);
    call.req.headers['content-encoding'] = encoding;
    const reading = readJson(call, { budget: createBodyBudget(MAX_BODY_BYTES) });
    body.end(compress(Buffer.from('{"a":1}')));
    expect(await reading).toEqual({ a: 1 });
  },
);
