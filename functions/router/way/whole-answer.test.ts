import { expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { ClientGone } from '../../core/client-gone.ts';
import { noUsage } from '../../core/money/usage.ts';
import type { AnswerBill } from '../../formats/shared/answer.ts';
import { ATTEMPT_LIMITS } from './attempt-limits.ts';
import type { Services } from './services.ts';
import type { Serving } from './serving.ts';
import { wholeAnswer } from './whole-answer.ts';

const usage = { ...noUsage, input: 20, output: 300 };
const candidate = { endpoint: makeEndpoint(), inputTokens: 100, outputTokens: 1_000, choices: 1 };

/** An answer that has come whole; `gone` is aborted where its client has left meanwhile. */
async function open(gone: AbortSignal) {
  const exchange = {
    requests: () => [{ headers: {}, body: {} }],
    whole: () => ({ whole: 'words', facts: { texts: ['words'], marks: 0, usage } }),
  };
  const serving = { ask: { gone }, operation: { exchange: () => exchange }, parsed: {} };
  const bytes = [Buffer.from('{}')];
  const services = {
    clock: { monotonic: () => 0, now: () => 0 },
    limits: ATTEMPT_LIMITS,
    authorize: (_endpoint: unknown, request: unknown) => request,
    secrets: { peek: () => null },
    upstream: {
      send: async () => ({ status: 200, headers: {}, read: async () => bytes.shift() ?? null, cancel() {} }),
    },
  };
  const sent: string[] = [];
  const answer = wholeAnswer(
    serving as unknown as Serving<unknown, never, string>,
    () => ({ frames: () => '', last: () => '', fail: () => '', whole: (whole) => whole }),
    (json) => sent.push(json),
    services as unknown as Services,
  );
  await answer.attempt(candidate, 1_000, new AbortController().signal);
  return { answer, sent };
}

test('a whole answer is billed by its provider’s report, and then sent', async () => {
  const { answer, sent } = await open(new AbortController().signal);
  const delivery = await answer.deliver(
    () => null,
    () => {},
  );
  expect(delivery).toMatchObject({ outcome: 'finished', whole: true, usage });
  expect(sent).toEqual([]);
  answer.finish(delivery, {} as AnswerBill);
  expect(sent).toEqual(['words']);
});

test('of one whose client has left, only the input is owed, and nothing is sent', async () => {
  const { answer, sent } = await open(AbortSignal.abort(new ClientGone()));
  const delivery = await answer.deliver(
    () => null,
    () => {},
  );
  expect(delivery).toMatchObject({ outcome: 'client_gone', whole: false, deliveredTokens: 0 });
  answer.finish(delivery, {} as AnswerBill);
  expect(sent).toEqual([]);
});
