import { describe, expect, test } from '@jest/globals';
import { geminiEndpoint } from '../../../test/support/gemini-body.ts';
import { decode, gather, readRecording, readReply, toSse } from '../../../test/support/replay.ts';
import { chatRequestSchema } from '../pivot/chat-request.ts';
import { geminiFormat } from './format.ts';
import type { GenerateContentBody } from './wire.ts';

const endpoint = geminiEndpoint();

/** The next step of the conversation: what the client got comes back, with results for all calls. */
function nextStep(message: { tool_calls?: { id: string }[] | undefined }) {
  const results = (message.tool_calls ?? []).map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'done' }));
  const chat = chatRequestSchema.parse({
    model: 'm',
    messages: [{ role: 'user', content: 'Hello' }, { role: 'assistant', ...message }, ...results],
  });
  const body = geminiFormat.request({ chat, raw: {}, maxOutputTokens: 4_000 }, endpoint).body;
  return (body as unknown as GenerateContentBody).contents[1]?.parts;
}

describe('an answer comes back with every signature on the part that it came with', () => {
  const parts = [
    { text: 'Let me look both up.' },
    {
      functionCall: { name: 'weather', args: { city: 'Puné', unit: 'celsius' } },
      thoughtSignature: 'Q2FsbFNpZ25hdHVyZQ==',
    },
    { functionCall: { name: 'weather', args: { city: 'Agra', unit: 'celsius' } } },
    { functionCall: { name: 'list_alerts', args: {} } },
  ];

  test('after a whole reply', () => {
    const { choices } = geminiFormat.response(readReply('gemini/thinking-tools.json'), endpoint);
    expect(nextStep(choices[0]?.message ?? {})).toEqual(parts);
  });

  test.each([
    ['by a client that puts the details together', false],
    ['by a client that keeps the details as they came', true],
  ])('after a stream, %s', (_, keepsPieces) => {
    const chunks = decode(geminiFormat.stream(endpoint), toSse(readRecording('gemini/thinking-tools.chunks.txt')));
    const { content, details, toolCalls } = gather(chunks);
    const pieces = chunks.flatMap(({ choices }) => choices[0]?.delta.reasoning_details ?? []);
    const message = { content, reasoning_details: keepsPieces ? pieces : details, tool_calls: toolCalls };
    expect(nextStep(message)).toEqual(parts);
  });

  test('after a stream, by a client that knows the details but not Mesh’s field, and the reverse', () => {
    const chunks = decode(geminiFormat.stream(endpoint), toSse(readRecording('gemini/thinking-tools.chunks.txt')));
    const { content, details, toolCalls } = gather(chunks);
    const plain = toolCalls.map(({ thought_signature: _, ...call }) => call);
    expect(nextStep({ content, reasoning_details: details, tool_calls: plain } as object)).toEqual(parts);
    expect(nextStep({ content, tool_calls: toolCalls } as object)).toEqual(parts);
  });

  test('after a stream, by a client that knows Google’s field alone', () => {
    const chunks = decode(geminiFormat.stream(endpoint), toSse(readRecording('gemini/thinking-tools.chunks.txt')));
    const { content } = gather(chunks);
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    const tool_calls = deltas.map(({ index: _, thought_signature: _own, ...call }) => call);
    expect(nextStep({ content, tool_calls } as object)).toEqual(parts);
  });

  test('the signature that a stream sends last, on a text of its own, is that of the text', () => {
    const chunks = decode(geminiFormat.stream(endpoint), toSse(readRecording('gemini/signed-text.chunks.txt')));
    const { content, details } = gather(chunks);
    const extras = chunks.flatMap(({ choices }) => choices[0]?.delta.extra_content ?? []);
    expect(extras).toHaveLength(1);
    expect(nextStep({ content, extra_content: extras[0] } as object)).toEqual(
      nextStep({ content, reasoning_details: details } as object),
    );
    expect(nextStep({ content, reasoning_details: details } as object)).toEqual([
      { text: 'There are three.', thoughtSignature: 'VGV4dFNpZ25hdHVyZQ==' },
    ]);
  });
});
