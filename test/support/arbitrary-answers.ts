import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import fc from './fast-check.ts';

/** Whole replies as the providers of each format may write them, wild ones too. Calls are of `TOOLS`. */

/** Tools that a client may have, one of them with a name that no format but Gemini's takes. */
export const TOOLS = ['get_weather', 'mcp.files/read'] as const;

const words = fc.oneof(
  fc.constantFrom('', ' ', 'Fine.', 'x\n', '\ud83d'),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);
const name = fc.constantFrom(...TOOLS);
/** Of the providers' own, of sloppy servers, and of nobody. */
const id = fc.oneof(
  fc.constantFrom('call_0', 'functions.get_weather:0', 'abcdefghi', '', 'x'.repeat(90)),
  fc.string({ minLength: 1, maxLength: 50 }),
);
const plainId = fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/);
const input = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const args = fc.oneof(
  input.map((value) => JSON.stringify(value)),
  fc.constantFrom('', 'null', '[]', '"x"', '{"city":"Os', '{} {}', '{"n":12345678901234567890,"d":0.10}'),
);
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 3 });

const chatMessage = fc.record(
  {
    role: fc.constant('assistant'),
    content: fc.option(words),
    refusal: fc.option(words),
    reasoning_content: words,
    tool_calls: few(fc.record({ id, type: fc.constant('function'), function: fc.record({ name, arguments: args }) })),
  },
  { requiredKeys: ['role', 'content'] },
);

const claudeBlock = fc.oneof(
  fc.record({ type: fc.constant('text'), text: words }),
  fc.record({ type: fc.constant('thinking'), thinking: words, signature: plainId }),
  fc.record({ type: fc.constant('redacted_thinking'), data: plainId }),
  fc.record({ type: fc.constant('tool_use'), id: plainId, name, input }),
);

const geminiPart = fc.oneof(
  fc.record({ text: words, thoughtSignature: plainId }, { requiredKeys: ['text'] }),
  fc.record(
    { text: words, thought: fc.constant(true), thoughtSignature: plainId },
    { requiredKeys: ['text', 'thought'] },
  ),
  fc.record(
    {
      functionCall: fc.record({ id: plainId, name, args: input }, { requiredKeys: ['name'] }),
      thoughtSignature: plainId,
    },
    { requiredKeys: ['functionCall'] },
  ),
);

const converseBlock = fc.oneof(
  fc.record({ text: words }),
  fc.record({ reasoningContent: fc.record({ reasoningText: fc.record({ text: words, signature: plainId }) }) }),
  fc.record({ toolUse: fc.record({ toolUseId: plainId, name, input }) }),
);

const responsesItem = fc.oneof(
  fc.record({
    type: fc.constant('message'),
    role: fc.constant('assistant'),
    content: few(
      fc.oneof(
        fc.record({ type: fc.constant('output_text'), text: words, annotations: fc.constant([]) }),
        fc.record({ type: fc.constant('refusal'), refusal: words }),
      ),
    ),
  }),
  fc.record({
    type: fc.constant('reasoning'),
    id: plainId,
    summary: few(fc.record({ type: fc.constant('summary_text'), text: words })),
    encrypted_content: plainId,
  }),
  fc.record({ type: fc.constant('function_call'), call_id: id.filter((one) => one !== ''), name, arguments: args }),
);

export const answers: Readonly<Record<FormatName, fc.Arbitrary<unknown>>> = {
  chat: chatMessage.map((message) => ({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
  })),
  messages: few(claudeBlock).map((content) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content,
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  })),
  gemini: fc.record({ parts: few(geminiPart), responseId: plainId }).map(({ parts, responseId }) => ({
    candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
    responseId,
  })),
  converse: few(converseBlock).map((content) => ({
    output: { message: { role: 'assistant', content } },
    stopReason: 'end_turn',
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  })),
  responses: few(responsesItem).map((output) => ({
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'm',
    output,
  })),
};
