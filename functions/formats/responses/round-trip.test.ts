import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { decode, gather, readRecording, readReply, toSse } from '../../../test/support/replay.ts';
import { chatRequestSchema } from '../pivot/chat-request.ts';
import { responsesFormat } from './format.ts';

const endpoint = makeEndpoint({
  format: 'responses',
  reasoning: { send: 'effort', field: null, replay: 'signed', issuer: 'openai-responses-v1' },
});

/** The second step of a tool loop: what the client got comes back, with results for all calls. */
function secondStep(message: { tool_calls?: { id: string }[] | undefined }) {
  const results = (message.tool_calls ?? []).map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'done' }));
  const chat = chatRequestSchema.parse({
    model: 'm',
    messages: [{ role: 'user', content: 'Hello' }, { role: 'assistant', ...message }, ...results],
  });
  const { input } = responsesFormat.request({ chat, raw: {}, maxOutputTokens: 4_000 }, endpoint).body;
  return (input as object[]).slice(1, -3);
}

describe('an answer with interleaved reasoning and calls comes back as the items that the model wrote', () => {
  const call = (call_id: string, name: string, args: string) => ({
    type: 'function_call',
    call_id,
    name,
    arguments: args,
  });
  const summary = [{ type: 'summary_text', text: '**Two cities**\nTwo calls.\n\n**Then**\ncompare.' }];
  const items = [
    { type: 'reasoning', id: 'rs_1', summary, encrypted_content: 'gAAAA-one' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Let me look.' }] },
    { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'gAAAA-two' },
    call('call_1', 'weather', '{"city":"Pune"}'),
    call('call_2', 'now', '{}'),
    call('call_3', 'weather', '{"city":"Agra"}'),
  ];

  test('after a whole reply', () => {
    const completion = responsesFormat.response(readReply('responses/reasoning-tools.json'), endpoint);
    expect(secondStep(completion.choices[0]?.message ?? {})).toEqual(items);
  });

  test.each([
    ['by a client that puts the details together', false],
    ['by a client that keeps the details as they came', true],
  ])('after a stream, %s', (_, keepsPieces) => {
    const chunks = decode(
      responsesFormat.stream(endpoint),
      toSse(readRecording('responses/reasoning-tools.chunks.txt')),
    );
    const { content, details, toolCalls } = gather(chunks);
    const pieces = chunks.flatMap(({ choices }) => choices[0]?.delta.reasoning_details ?? []);
    const message = { content, reasoning_details: keepsPieces ? pieces : details, tool_calls: toolCalls };
    expect(secondStep(message)).toEqual(items);
  });
});
