import { describe, expect, test } from '@jest/globals';
import { gemini, geminiEndpoint } from '../../../test/support/gemini-body.ts';
import { readRecording, readReply } from '../../../test/support/replay.ts';
import { noUsage } from '../../core/money/usage.ts';
import { fromResponse } from './from-response.ts';

const endpoint = geminiEndpoint();
const read = (body: unknown) => fromResponse(body, endpoint);
const candidate = (fields: object) => ({ candidates: [{ finishReason: 'STOP', ...fields }], responseId: 'r' });
const plain = { role: 'assistant', content: null, refusal: null };

describe('a whole reply', () => {
  test('has its thoughts, its text and its calls, each with an id and whole arguments', () => {
    const id = (n: number) => `call_Zt0maYnD_IbQ-1x_${n}`;
    const signature = 'Q2FsbFNpZ25hdHVyZQ==';
    const thoughts = '**Two cities**\n\nBoth need the weather tool.\n';
    const signed = { thought_signature: signature, extra_content: { google: { thought_signature: signature } } };
    const call = (city: string) => ({ name: 'weather', arguments: JSON.stringify({ city, unit: 'celsius' }) });
    expect(read(readReply('gemini/thinking-tools.json'))).toEqual({
      id: 'Zt0maYnD_IbQ-1x',
      object: 'chat.completion',
      created: 0,
      model: 'gemini-3-flash-preview',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Let me look both up.',
            refusal: null,
            tool_calls: [
              { id: id(0), type: 'function', function: call('Puné'), ...signed },
              { id: id(1), type: 'function', function: call('Agra') },
              { id: 'fc_7h2k', type: 'function', function: { name: 'list_alerts', arguments: '{}' } },
            ],
            reasoning: thoughts,
            reasoning_details: [
              { type: 'reasoning.text', text: thoughts, format: gemini, index: 0 },
              { type: 'reasoning.encrypted', data: signature, format: gemini, index: 2, id: id(0) },
            ],
          },
          finish_reason: 'tool_calls',
          logprobs: null,
        },
      ],
      usage: { ...noUsage, input: 88, output: 131, reasoning: 82 },
    });
  });

  test('names the web pages that it rests on, and no other sources', () => {
    const { choices, usage } = read(readReply('gemini/web-search.json'));
    const url_citation = { url: 'https://example.org/metro', title: 'example.org', start_index: 0, end_index: 25 };
    expect(choices[0]?.message.annotations).toEqual([{ type: 'url_citation', url_citation }]);
    expect(usage).toEqual({ ...noUsage, input: 330, output: 9 });
  });

  test('has its log probabilities, and its cached audio counted once', () => {
    const { choices, usage } = read(readReply('gemini/audio.json'));
    const hi = { token: 'Hi', logprob: -0.2, bytes: null };
    const hey = { token: 'Hey', logprob: -1.9, bytes: null };
    expect(choices[0]?.logprobs).toEqual({ content: [{ ...hi, top_logprobs: [hi, hey] }], refusal: null });
    expect(usage).toEqual({ ...noUsage, input: 500, cacheRead: 200, inputAudio: 200, output: 1 });
  });

  test('that spent all its tokens on thoughts has no content and is charged for them', () => {
    const [event = ''] = readRecording('gemini/thinking-only.chunks.txt');
    expect(read(JSON.parse(event))).toMatchObject({
      choices: [{ message: plain, finish_reason: 'length' }],
      usage: { input: 30, output: 96, reasoning: 96 },
    });
  });

  test('to a blocked prompt is a refusal that is charged as reported, no error', () => {
    const [event = ''] = readRecording('gemini/blocked-prompt.chunks.txt');
    expect(read(JSON.parse(event))).toMatchObject({
      choices: [
        {
          finish_reason: 'content_filter',
          message: { content: null, refusal: expect.stringContaining('PROHIBITED_CONTENT') },
        },
      ],
      usage: { input: 17, output: 0 },
    });
  });

  test.each([
    ['no parts', {}],
    [
      'parts that clients of this API have no place for',
      { content: { parts: [{ inlineData: {} }, { toolCall: {} }, 7] } },
    ],
  ])('with %s has no content', (_, fields) => {
    expect(read(candidate(fields)).choices).toEqual([
      { index: 0, message: plain, finish_reason: 'stop', logprobs: null },
    ]);
  });

  test('gives its candidates in their order', () => {
    const text = (index: number | undefined, word: string) => ({ index, content: { parts: [{ text: word }] } });
    const { choices } = read({ candidates: [text(1, 'b'), text(undefined, 'a')] });
    expect(choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
  });

  test('without an id of its own still has calls whose ids differ from those of another turn', () => {
    const parts = (city: string) => [{ functionCall: { name: 'f', args: { city } } }, { functionCall: { name: 'f' } }];
    const idsOf = (city: string) =>
      read({ candidates: [{ content: { parts: parts(city) } }] }).choices[0]?.message.tool_calls?.map(({ id }) => id);
    const ids = [...(idsOf('Pune') ?? []), ...(idsOf('Agra') ?? []).slice(0, 1)];
    expect(new Set(ids).size).toBe(3);
    expect(idsOf('Pune')).toEqual(idsOf('Pune'));
  });

  test.each([null, 'text', [], {}, { candidates: [] }, { promptFeedback: {} }])(
    'that is garbage is an error: %j',
    (body) => {
      expect(() => read(body)).toThrow(expect.objectContaining({ code: 'upstream_error' }));
    },
  );

  test('that is an error with a good status is that error', () => {
    expect(() => read([{ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: '' } }])).toThrow(
      expect.objectContaining({ code: 'upstream_error', providerCode: '429' }),
    );
  });
});
