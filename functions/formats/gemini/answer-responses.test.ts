import { describe, expect, test } from '@jest/globals';
import { sealOf } from '../../../test/support/seal-of.ts';
import type { ChatCompletion } from '../pivot/chat-completion.ts';
import { AnswerResponses } from './answer-responses.ts';
import { eventFrames, listFrames } from './response-frames.ts';

const head = { id: 'req_1', model: 'acme/m' };
const usage = { input: 9, cacheRead: 3, cacheWrite: 0, cacheWrite1h: 0, inputAudio: 0, output: 5, reasoning: 2 };
const bill = { usage, usd: '0.1', mesh: { settled: true } };
const answer = () => new AnswerResponses(head, true, sealOf('a'));
const said = (content: string, index = 0) => ({ index, delta: { content }, finish_reason: null });
const ended = (finish_reason: 'stop' | 'length' | 'content_filter' | 'tool_calls', index = 0) => ({
  index,
  delta: {},
  finish_reason,
});

test('a stream says what came since the last, and the end with the bill', () => {
  const made = answer();
  const responses = [
    ...made.add({ choices: [said('Hel')] }),
    ...made.add({ choices: [said('lo'), ended('stop')] }),
    made.end(bill, false),
  ].map((json) => JSON.parse(json));
  const of = (text: string) => ({ content: { parts: [{ text }], role: 'model' }, index: 0 });
  const names = { modelVersion: 'acme/m', responseId: 'req_1' };
  expect(responses).toEqual([
    { candidates: [of('Hel')], ...names },
    { candidates: [of('lo')], ...names },
    {
      candidates: [{ ...of(''), finishReason: 'STOP' }],
      ...names,
      usageMetadata: {
        promptTokenCount: 9,
        candidatesTokenCount: 3,
        thoughtsTokenCount: 2,
        cachedContentTokenCount: 3,
        totalTokenCount: 14,
      },
      cost: '0.1',
      mesh: { settled: true },
    },
  ]);
});

test.each([
  ['stop', 'STOP'],
  ['tool_calls', 'STOP'],
  ['length', 'MAX_TOKENS'],
  ['content_filter', 'SAFETY'],
] as const)('%s is %s', (reason, finishReason) => {
  const made = answer();
  made.add({ choices: [ended(reason)] });
  expect(JSON.parse(made.end(bill, false)).candidates[0].finishReason).toBe(finishReason);
});

test('each candidate has its own parts and its own end', () => {
  const made = answer();
  const [first, second] = made.add({ choices: [said('A'), said('B', 1)] }).map((json) => JSON.parse(json));
  expect([first.candidates[0].index, second.candidates[0].index]).toEqual([0, 1]);
  made.add({ choices: [ended('stop'), ended('length', 1)] });
  const { candidates } = JSON.parse(made.end(bill, false));
  expect(candidates.map(({ finishReason }: { finishReason: string }) => finishReason)).toEqual(['STOP', 'MAX_TOKENS']);
});

test('a whole answer has its parts in order, calls and probabilities among them', () => {
  const completion: ChatCompletion = {
    id: 'x',
    object: 'chat.completion',
    created: 0,
    model: 'm',
    usage,
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: 'I look.',
          refusal: null,
          reasoning: 'Hm',
          reasoning_details: [{ type: 'reasoning.text', text: 'Hm', format: 'anthropic-claude-v1', index: 0 }],
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'a', arguments: '{"n":9007199254740993}' } }],
        },
        logprobs: {
          content: [
            { token: 'I', logprob: -0.5, bytes: null, top_logprobs: [{ token: 'A', logprob: -1, bytes: null }] },
          ],
          refusal: null,
        },
      },
    ],
  };
  const json = answer().whole(completion, bill);
  expect(json).toContain('9007199254740993');
  const [candidate] = JSON.parse(json).candidates;
  expect(candidate.content.parts.map((part: object) => Object.keys(part)[0])).toEqual(['text', 'text', 'functionCall']);
  expect(candidate.content.parts[0]).toEqual({ text: 'Hm', thought: true });
  expect(candidate.logprobsResult).toEqual({
    chosenCandidates: [{ token: 'I', logProbability: -0.5 }],
    topCandidates: [{ candidates: [{ token: 'A', logProbability: -1 }] }],
  });
});

test('where the money ends an answer that had none, it ends too', () =>
  expect(JSON.parse(answer().end(bill, true)).candidates[0].finishReason).toBe('MAX_TOKENS'));

describe('a list', () => {
  test('is one from its first entry to its last', () => {
    const list = listFrames();
    const text = `${list.write(['{"a":1}'])}\n${list.write(['{"a":2}', '{"a":3}'])}${list.end()}`;
    expect(JSON.parse(text)).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(JSON.parse(listFrames().end())).toEqual([]);
  });

  test('that broke ends in the error', () => {
    const list = listFrames();
    expect(JSON.parse(list.write(['{"a":1}']) + list.fail({ error: 1 }))).toEqual([{ a: 1 }, { error: 1 }]);
    expect(JSON.parse(listFrames().fail({ error: 1 }))).toEqual([{ error: 1 }]);
  });
});

test('events have no word for their end', () => expect(eventFrames().end()).toBe(''));
