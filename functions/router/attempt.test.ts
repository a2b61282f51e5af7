import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../test/support/make-endpoint.ts';
import { MeshError } from '../core/errors.ts';
import type { Candidate } from '../core/quote.ts';
import { ABORTED, type AttemptRecord, attemptInOrder, MAX_ATTEMPTS } from './attempt.ts';
import { ClientGone } from './call.ts';

const candidate = (id: string): Candidate => ({
  endpoint: makeEndpoint({ id }),
  inputTokens: 1,
  outputTokens: 1,
  choices: 1,
});
const candidates = Array.from({ length: 9 }, (_, n) => candidate(`e${n}`));
const clock = { monotonic: () => 0 };
const down = new MeshError('upstream_error', { providerCode: '503' });

function run(attempt: (candidate: Candidate) => Promise<string>, signal = new AbortController().signal) {
  const records: AttemptRecord[] = [];
  const answer = attemptInOrder(candidates, attempt, records, clock, signal);
  return { answer, tried: () => records.map(({ endpoint, outcome }) => `${endpoint.id} ${outcome}`) };
}

describe('attempts', () => {
  test('move on until one answers', async () => {
    const { answer, tried } = run(async ({ endpoint }) => {
      if (endpoint.id !== 'e2') throw down;
      return endpoint.id;
    });
    expect(await answer).toBe('e2');
    expect(tried()).toEqual(['e0 upstream_error', 'e1 upstream_error', 'e2 ok']);
  });

  test('end with the last failure, after so many', async () => {
    const { answer, tried } = run(async () => {
      throw down;
    });
    await expect(answer).rejects.toBe(down);
    expect(tried()).toHaveLength(MAX_ATTEMPTS);
  });

  test('stop at the caller’s own mistake', async () => {
    const mistake = new MeshError('bad_request');
    const { answer, tried } = run(async () => {
      throw mistake;
    });
    await expect(answer).rejects.toBe(mistake);
    expect(tried()).toEqual(['e0 bad_request']);
  });

  test('stop at a fault of ours, which another endpoint would have too', async () => {
    const { answer, tried } = run(async () => {
      throw new TypeError('a bug');
    });
    await expect(answer).rejects.toMatchObject({ code: 'internal_error' });
    expect(tried()).toEqual(['e0 internal_error']);
  });

  test('are not begun for a client that has left, so that nobody pays for them', async () => {
    const gone = new AbortController();
    gone.abort(new ClientGone());
    const { answer, tried } = run(async () => 'never', gone.signal);
    await expect(answer).rejects.toBeInstanceOf(ClientGone);
    expect(tried()).toEqual([]);
  });

  test('that failed before the client left do not count as at work', async () => {
    const gone = new AbortController();
    const { answer, tried } = run(async () => {
      queueMicrotask(() => gone.abort(new ClientGone()));
      throw down;
    }, gone.signal);
    await expect(answer).rejects.toBeInstanceOf(ClientGone);
    expect(tried().at(-1)).toBe('e0 upstream_error');
  });

  test('that the client’s leaving ended say so', async () => {
    const gone = new AbortController();
    const { answer, tried } = run(async () => {
      gone.abort(new ClientGone());
      throw gone.signal.reason;
    }, gone.signal);
    await expect(answer).rejects.toBeInstanceOf(ClientGone);
    expect(tried()).toEqual([`e0 ${ABORTED}`]);
  });
});
