import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createBodyBudget } from './body-budget.ts';
import type { Call } from './call.ts';
import { LARGE_BODY_BYTES, readJson } from './read-body.ts';

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
    const read = readJson(callWith(body));
    const text = `{"prompt":"${'x'.repeat(length)}","parameters":{"minimum":-9007199254740993,"maximum":1.50},"top_p":1.0}`;
    body.end(text);
    const parsed = (await read) as { top_p: number };
    expect(parsed.top_p).toBe(1);
    expect(JSON.stringify(parsed) === text.replace('1.0}', '1}')).toBe(true);
  },
);
