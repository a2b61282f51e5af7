import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { decode, gather, readRecording, readReply, toSse } from '../../../test/support/replay.ts';
import { chatRequestSchema } from '../pivot/chat-request.ts';
import { messagesFormat } from './format.ts';

const endpoint = makeEndpoint({
  format: 'messages',
  reasoning: { send: 'budget', field: null, replay: 'signed', issuer: 'anthropic-claude-v1' },
});

/** The second step of a tool loop: what the client got comes back, with results for all calls. */
function secondStep(message: { tool_calls?: { id: string }[] | undefined }) {
  const results = (message.tool_calls ?? []).map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'done' }));
  const chat = chatRequestSchema.parse({
    model: 'm',
    messages: [{ role: 'user', content: 'Hello' }, { role: 'assistant', ...message }, ...results],
  });
  const { body } = messagesFormat.request({ chat, raw: {}, maxOutputTokens: 4_000 }, endpoint);
  return (body.messages as { content: unknown[] }[])[1]?.content;
}

describe('an answer with interleaved thinking and calls comes back as the blocks that the model wrote', () => {
  const blocks = (readReply('messages/thinking-tools.json') as { content: { citations?: null }[] }).content.map(
    ({ citations: _, ...block }) => block,
  );

  test('after a whole reply', () => {
    const completion = messagesFormat.response(readReply('messages/thinking-tools.json'), endpoint);
    expect(secondStep(completion.choices[0]?.message ?? {})).toEqual(blocks);
  });

  test.each([
    ['by a client that puts the details together', false],
    ['by a client that keeps the details as they came', true],
  ])('after a stream, %s', (_, keepsPieces) => {
    const chunks = decode(messagesFormat.stream(endpoint), toSse(readRecording('messages/thinking-tools.chunks.txt')));
    const { content, details, toolCalls } = gather(chunks);
    const pieces = chunks.flatMap(({ choices }) => choices[0]?.delta.reasoning_details ?? []);
    const third = { type: 'tool_use', id: 'toolu_01Third', name: 'weather', input: { city: 'Agra' } };
    const message = { content, reasoning_details: keepsPieces ? pieces : details, tool_calls: toolCalls };
    expect(secondStep(message)).toEqual([...blocks, third]);
  });
});
