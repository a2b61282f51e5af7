import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { gemini, geminiEndpoint } from '../../../test/support/gemini-body.ts';
import { cuttings, decode, type Gathered, gather, readRecording, toSse } from '../../../test/support/replay.ts';
import { noUsage } from '../../core/money/usage.ts';
import { GeminiStreamDecoder } from './stream-decoder.ts';

const newDecoder = () => new GeminiStreamDecoder(geminiEndpoint());
const record = (name: string) => readRecording(`gemini/${name}.chunks.txt`);
const gatherEvents = (events: readonly string[]) => gather(decode(newDecoder(), toSse(events)));
const event = (parts: unknown[], fields: object = {}, more: object = {}) =>
  JSON.stringify({ candidates: [{ content: { parts }, ...fields }], responseId: 'r', ...more });

const nothing: Gathered = {
  content: '',
  reasoning: '',
  refusal: '',
  details: [],
  toolCalls: [],
  finishReasons: ['stop'],
  usage: null,
};
const id = (n: number) => `call_Zt0maYnD_IbQ-1x_${n}`;
const thoughts = '**Two cities**\n\nBoth need the weather tool.\n';
const signature = 'Q2FsbFNpZ25hdHVyZQ==';
const weather = (city: string) => ({ name: 'weather', arguments: JSON.stringify({ city, unit: 'celsius' }) });

const expected: Record<string, Gathered> = {
  text: {
    ...nothing,
    content: 'The Hooghly runs past Kolkata — हुगली 🛶.',
    usage: { ...noUsage, input: 1_400, cacheRead: 1_024, output: 71, reasoning: 50 },
  },
  'thinking-tools': {
    ...nothing,
    content: 'Let me look both up.',
    reasoning: thoughts,
    details: [
      { type: 'reasoning.text', text: thoughts, format: gemini, index: 0 },
      { type: 'reasoning.encrypted', data: signature, format: gemini, index: 2, id: id(0) },
    ],
    toolCalls: [
      { id: id(0), type: 'function', function: weather('Puné'), thought_signature: signature },
      { id: id(1), type: 'function', function: weather('Agra') },
      { id: 'fc_7h2k', type: 'function', function: { name: 'list_alerts', arguments: '{}' } },
    ],
    finishReasons: ['tool_calls'],
    usage: { ...noUsage, input: 88, output: 131, reasoning: 82 },
  },
  'signed-text': {
    ...nothing,
    content: 'There are three.',
    reasoning: 'Counting letters.',
    details: [
      { type: 'reasoning.text', text: 'Counting letters.', format: gemini, index: 0 },
      { type: 'reasoning.encrypted', data: 'VGV4dFNpZ25hdHVyZQ==', format: gemini, index: 1 },
    ],
    usage: { ...noUsage, input: 12, output: 32, reasoning: 28 },
  },
  'blocked-prompt': {
    ...nothing,
    refusal: 'The provider refused the prompt: PROHIBITED_CONTENT.',
    finishReasons: ['content_filter'],
    usage: { ...noUsage, input: 17 },
  },
  safety: {
    ...nothing,
    content: 'First, you ',
    refusal: 'The provider stopped the answer: SAFETY.',
    finishReasons: ['content_filter'],
    usage: { ...noUsage, input: 15, output: 5 },
  },
  'thinking-only': {
    ...nothing,
    finishReasons: ['length'],
    usage: { ...noUsage, input: 30, output: 96, reasoning: 96 },
  },
  'two-candidates': { ...nothing, content: 'Rome', usage: { ...noUsage, input: 8, output: 4 } },
};

describe.each(Object.keys(expected))('the recorded stream "%s"', (name) => {
  const events = record(name);
  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('is the same however its bytes are cut, with %s', (_, newline) => {
    for (const { pieces } of cuttings(toSse(events, { newline }))) {
      expect(gather(decode(newDecoder(), pieces))).toEqual(expected[name]);
    }
  });

  test('is the same cut at random', () => {
    const whole = Buffer.concat(toSse(events));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: whole.length }), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, index) => new Uint8Array(whole.subarray(at[index], end)));
        expect(gather(decode(newDecoder(), pieces))).toEqual(expected[name]);
      }),
      { numRuns: 50 },
    );
  });

  test('never looks whole when its end is missing', () => {
    const isWhole = (count: number) => {
      const seen = events.slice(0, count).join('');
      return name === 'two-candidates' ? count >= 3 : /finishReason|blockReason/.test(seen);
    };
    for (let count = 0; count < events.length; count++) {
      const run = () => gatherEvents(events.slice(0, count));
      if (isWhole(count)) expect(run().finishReasons).toHaveLength(1);
      else expect(run).toThrow(expect.objectContaining({ code: 'upstream_truncated' }));
    }
  });
});

describe('a stream', () => {
  test('of several candidates keeps them apart, and is whole only when all of them are', () => {
    const events = record('two-candidates');
    const chunks = decode(newDecoder(), toSse(events));
    const second = chunks.flatMap(({ choices }) => choices).filter(({ index }) => index === 1);
    expect(second.map(({ delta, finish_reason }) => delta.content ?? finish_reason)).toEqual(['Pa', 'ris', 'stop']);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { output: 4 } });
    expect(() => gatherEvents(events.slice(0, 2))).toThrow(expect.objectContaining({ code: 'upstream_truncated' }));
  });

  test('tells what it has before the error that ends it', () => {
    const decoder = newDecoder();
    const [whole = new Uint8Array()] = [Buffer.concat(toSse(record('overloaded')))];
    expect(gather(decoder.push(whole))).toMatchObject({ content: 'Once upon ', finishReasons: [] });
    const overloaded = expect.objectContaining({ code: 'upstream_error', retry: 'other', providerCode: '503' });
    expect(() => decoder.end()).toThrow(overloaded);
  });

  test('that begins with an error is that error, so that another endpoint can be tried', () => {
    const decoder = newDecoder();
    const events = toSse(record('overloaded').slice(1));
    expect(() => events.map((bytes) => decoder.push(bytes))).toThrow(expect.objectContaining({ providerCode: '503' }));
  });

  test('of garbage is an error that holds none of it', () => {
    expect(() => newDecoder().push(Buffer.from('data: {"candidates": [secret\n\n'))).toThrow(
      expect.objectContaining({ code: 'upstream_error', message: expect.not.stringContaining('secret') }),
    );
  });

  test('has one finish for each candidate, however often a reason is repeated, and loses nothing after it', () => {
    const stop = { finishReason: 'STOP' };
    expect(gatherEvents([event([{ text: 'a' }], stop), event([{ text: 'b' }], stop), event([], stop)])).toMatchObject({
      content: 'ab',
      finishReasons: ['stop'],
    });
  });

  test('that goes on after a reason that is none has not finished', () => {
    const unspecified = { finishReason: 'FINISH_REASON_UNSPECIFIED' };
    expect(() => gatherEvents([event([{ text: 'a' }], unspecified)])).toThrow(
      expect.objectContaining({ code: 'upstream_truncated' }),
    );
  });

  test('that breaks before its output was counted does not pass its prompt off as the whole usage', () => {
    const usageMetadata = { promptTokenCount: 9, totalTokenCount: 9 };
    const chunks = newDecoder().push(Buffer.from(`data: ${event([{ text: 'a' }], {}, { usageMetadata })}\n\n`));
    expect(gather(chunks)).toMatchObject({ content: 'a', usage: null });
  });

  test('replaces its counters, and keeps those that a later report leaves out', () => {
    const first = { usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2, thoughtsTokenCount: 5 } };
    const last = { usageMetadata: { candidatesTokenCount: 4 } };
    expect(gatherEvents([event([{ text: 'a' }], {}, first), event([], { finishReason: 'STOP' }, last)]).usage).toEqual({
      ...noUsage,
      input: 9,
      output: 9,
      reasoning: 5,
    });
  });

  test('gives every signature a place of its own, so that clients do not run two together', () => {
    const signed = (text: string, thoughtSignature: string) => ({ text, thoughtSignature });
    const { details } = gatherEvents([
      event([signed('a', 'S1')]),
      event([{ functionCall: { name: 'f' }, thoughtSignature: 'S2' }, signed('', 'S3')], { finishReason: 'STOP' }),
    ]);
    expect(details.map((detail) => [detail.index, 'data' in detail && detail.data])).toEqual([
      [0, 'S1'],
      [1, 'S2'],
      [2, 'S3'],
    ]);
  });

  test('signs a thought in its place', () => {
    const parts = [
      { text: 'Hm.', thought: true, thoughtSignature: 'T' },
      { text: 'Next.', thought: true },
    ];
    expect(gatherEvents([event(parts, { finishReason: 'STOP' })]).details).toEqual([
      { type: 'reasoning.text', text: 'Hm.', signature: 'T', format: gemini, index: 0 },
      { type: 'reasoning.text', text: 'Next.', format: gemini, index: 1 },
    ]);
  });

  test('names a source once, although every event repeats it', () => {
    const groundingMetadata = { groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }] };
    const chunks = decode(
      newDecoder(),
      toSse([event([{ text: 'a' }], { groundingMetadata }), event([], { groundingMetadata, finishReason: 'STOP' })]),
    );
    expect(chunks.flatMap(({ choices }) => choices[0]?.delta.annotations ?? [])).toHaveLength(1);
  });

  test('has its log probabilities with what they are of', () => {
    const logprobsResult = { chosenCandidates: [{ token: 'a' }] };
    const chunks = decode(newDecoder(), toSse([event([{ text: 'a' }], { logprobsResult, finishReason: 'STOP' })]));
    expect(chunks.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? [])).toEqual([
      { token: 'a', logprob: 0, bytes: null, top_logprobs: [] },
    ]);
  });

  test('skips keep-alives and events without news', () => {
    const events = [': keepalive', '{}', event([{ text: '' }]), event([{ text: 'a' }], { finishReason: 'STOP' })];
    const chunks = decode(newDecoder(), toSse(events));
    expect(chunks).toEqual([
      { choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    ]);
  });
});
