import { expect, test } from '@jest/globals';
import { toEventStream } from '../../../test/support/event-stream.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { decode, gather, readRecording, readReply } from '../../../test/support/replay.ts';
import { chatRequestSchema } from '../pivot/chat-request.ts';
import { converseFormat } from './format.ts';

const endpoint = makeEndpoint({
  format: 'converse',
  reasoning: { send: 'budget', field: null, replay: 'signed', issuer: 'anthropic-claude-v1' },
});
const reply = readReply('converse/reasoning-tools.json') as { output: { message: { content: unknown[] } } };

/** The second step of a tool loop: what the client got comes back, with results for all calls. */
function secondStep(message: { tool_calls?: { id: string }[] | undefined }) {
  const results = (message.tool_calls ?? []).map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'done' }));
  const chat = chatRequestSchema.parse({
    model: 'm',
    messages: [{ role: 'user', content: 'Hello' }, { role: 'assistant', ...message }, ...results],
  });
  const { body } = converseFormat.request({ chat, raw: {}, maxOutputTokens: 4_000 }, endpoint);
  return (body.messages as { content: unknown[] }[])[1]?.content;
}

test('an answer with reasoning and calls comes back as the blocks that the model wrote', () => {
  const completion = converseFormat.response(reply, endpoint);
  expect(secondStep(completion.choices[0]?.message ?? {})).toEqual(reply.output.message.content);
});

test.each([
  ['by a client that puts the details together', false],
  ['by a client that keeps the details as they came', true],
])('so does a streamed one, %s', (_name, keepsPieces) => {
  const events = toEventStream(readRecording('converse/reasoning-tools.chunks.txt'));
  const chunks = decode(converseFormat.stream(endpoint), events);
  const { content, details, toolCalls } = gather(chunks);
  const pieces = chunks.flatMap(({ choices }) => choices[0]?.delta.reasoning_details ?? []);
  const message = { content, tool_calls: toolCalls, reasoning_details: keepsPieces ? pieces : details };
  expect(secondStep(message)).toEqual(reply.output.message.content);
});
