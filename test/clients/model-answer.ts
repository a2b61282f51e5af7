import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { toEventStream } from '../support/event-stream.ts';
import { toSse } from '../support/replay.ts';
import { AWS_EVENT_STREAM, json, type Step, stream } from '../support/scripted-upstream.ts';

/** What a model says in one turn. */
export interface ModelAnswer {
  /** Empty for none. Signed where the format has signatures, in `signatureOf`. */
  thinking: string;
  /** Empty for none. */
  text: string;
  /** Arguments are JSON. */
  calls: readonly ModelCall[];
}

export interface ModelCall {
  id: string;
  name: string;
  args: string;
  /** Whether the tool takes one text, `input`, and the format has tools of that kind: then it is called with the text alone. */
  custom?: boolean;
}

/** What every answer says that it cost. */
export const INPUT_TOKENS = 9;
export const OUTPUT_TOKENS = 7;

/** What a provider signs thinking with; base64, as Gemini and Bedrock want it. */
export const signatureOf = (thinking: string): string => Buffer.from(`signed: ${thinking}`).toString('base64');

/** An answer as a provider of a format gives it, whole or as a stream. */
export function modelAnswer(format: FormatName, streamed: boolean, answer: ModelAnswer): Step[] {
  if (!streamed) return json(whole[format](answer));
  const events = streams[format](answer).map((event) => JSON.stringify(event));
  if (format === 'converse') return stream(toEventStream(events), { contentType: AWS_EVENT_STREAM });
  const eventNames = format === 'messages' || format === 'responses';
  return stream(toSse(events, { eventNames, done: format === 'chat' }));
}

const halves = (text: string) => [text.slice(0, text.length >> 1), text.slice(text.length >> 1)];
const head = { created: 1_790_000_000, model: 'scripted' };
const chatUsage = {
  prompt_tokens: INPUT_TOKENS,
  completion_tokens: OUTPUT_TOKENS,
  total_tokens: INPUT_TOKENS + OUTPUT_TOKENS,
};
const responsesUsage = {
  input_tokens: INPUT_TOKENS,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: OUTPUT_TOKENS,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: INPUT_TOKENS + OUTPUT_TOKENS,
};
const messagesUsage = { input_tokens: INPUT_TOKENS, output_tokens: OUTPUT_TOKENS };
const geminiUsage = {
  promptTokenCount: INPUT_TOKENS,
  candidatesTokenCount: OUTPUT_TOKENS,
  totalTokenCount: INPUT_TOKENS + OUTPUT_TOKENS,
};
const converseUsage = {
  inputTokens: INPUT_TOKENS,
  outputTokens: OUTPUT_TOKENS,
  totalTokens: INPUT_TOKENS + OUTPUT_TOKENS,
};

const whole: Readonly<Record<FormatName, (answer: ModelAnswer) => object>> = {
  chat: ({ thinking, text, calls }) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    ...head,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text === '' ? null : text,
          ...(thinking === '' ? {} : { reasoning_content: thinking }),
          ...(calls.length === 0
            ? {}
            : {
                tool_calls: calls.map(({ id, name, args }) => ({
                  id,
                  type: 'function',
                  function: { name, arguments: args },
                })),
              }),
        },
        finish_reason: calls.length === 0 ? 'stop' : 'tool_calls',
      },
    ],
    usage: chatUsage,
  }),
  responses: (answer) => response(responseItems(answer)),
  messages: (answer) => ({
    ...message,
    content: messageBlocks(answer).map(({ block }) => block),
    stop_reason: answer.calls.length === 0 ? 'end_turn' : 'tool_use',
    usage: messagesUsage,
  }),
  gemini: (answer) => ({
    candidates: [{ index: 0, content: { role: 'model', parts: geminiParts(answer) }, finishReason: 'STOP' }],
    usageMetadata: geminiUsage,
    modelVersion: 'scripted',
    responseId: 'gemini-1',
  }),
  converse: ({ thinking, text, calls }) => ({
    output: {
      message: {
        role: 'assistant',
        content: [
          ...(thinking === ''
            ? []
            : [{ reasoningContent: { reasoningText: { text: thinking, signature: signatureOf(thinking) } } }]),
          ...(text === '' ? [] : [{ text }]),
          ...calls.map(({ id, name, args }) => ({ toolUse: { toolUseId: id, name, input: JSON.parse(args) } })),
        ],
      },
    },
    stopReason: calls.length === 0 ? 'end_turn' : 'tool_use',
    usage: converseUsage,
    metrics: { latencyMs: 1 },
  }),
};

const streams: Readonly<Record<FormatName, (answer: ModelAnswer) => object[]>> = {
  chat({ thinking, text, calls }) {
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      ...head,
      choices: [{ index: 0, delta, finish_reason }],
    });
    return [
      chunk({ role: 'assistant', content: '' }),
      ...pieces(thinking).map((reasoning_content) => chunk({ reasoning_content })),
      ...pieces(text).map((content) => chunk({ content })),
      ...calls.flatMap(({ id, name, args }, index) => [
        chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
        ...pieces(args).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ]),
      chunk({}, calls.length === 0 ? 'stop' : 'tool_calls'),
      { ...chunk({}), choices: [], usage: chatUsage },
    ];
  },

  responses(answer) {
    const items = responseItems(answer);
    return [
      { type: 'response.created', response: { ...response([]), status: 'in_progress', usage: null } },
      ...items.flatMap((item, output_index) => [
        { type: 'response.output_item.added', output_index, item: { ...item, ...opening(item) } },
        ...itemDeltas(item).map((delta) => ({ item_id: item.id, output_index, ...delta })),
        { type: 'response.output_item.done', output_index, item },
      ]),
      { type: 'response.completed', response: response(items) },
    ].map((event, sequence_number) => ({ ...event, sequence_number }));
  },

  messages(answer) {
    return [
      {
        type: 'message_start',
        message: { ...message, content: [], stop_reason: null, usage: { ...messagesUsage, output_tokens: 1 } },
      },
      ...messageBlocks(answer).flatMap(({ open, deltas }, index) => [
        { type: 'content_block_start', index, content_block: open },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      {
        type: 'message_delta',
        delta: { stop_reason: answer.calls.length === 0 ? 'end_turn' : 'tool_use', stop_sequence: null },
        usage: messagesUsage,
      },
      { type: 'message_stop' },
    ];
  },

  gemini(answer) {
    const event = (parts: object[], more: object = {}) => ({
      candidates: [{ index: 0, content: { role: 'model', parts }, ...more }],
      modelVersion: 'scripted',
      responseId: 'gemini-1',
    });
    const parts = geminiParts(answer).flatMap((part) =>
      'text' in part ? pieces(part.text as string).map((text) => ({ ...part, text })) : [part],
    );
    return [
      ...parts.map((part) => event([part])),
      { ...event([{ text: '' }], { finishReason: 'STOP' }), usageMetadata: geminiUsage },
    ];
  },

  converse({ thinking, text, calls }) {
    const blocks: { start?: object; deltas: object[] }[] = [
      ...(thinking === ''
        ? []
        : [
            {
              deltas: [
                ...pieces(thinking).map((piece) => ({ reasoningContent: { text: piece } })),
                { reasoningContent: { signature: signatureOf(thinking) } },
              ],
            },
          ]),
      ...(text === '' ? [] : [{ deltas: pieces(text).map((piece) => ({ text: piece })) }]),
      ...calls.map(({ id, name, args }) => ({
        start: { toolUse: { toolUseId: id, name } },
        deltas: pieces(args).map((input) => ({ toolUse: { input } })),
      })),
    ];
    return [
      { messageStart: { role: 'assistant' } },
      ...blocks.flatMap(({ start, deltas }, contentBlockIndex) => [
        ...(start === undefined ? [] : [{ contentBlockStart: { contentBlockIndex, start } }]),
        ...deltas.map((delta) => ({ contentBlockDelta: { contentBlockIndex, delta } })),
        { contentBlockStop: { contentBlockIndex } },
      ]),
      { messageStop: { stopReason: calls.length === 0 ? 'end_turn' : 'tool_use' } },
      { metadata: { usage: converseUsage, metrics: { latencyMs: 1 } } },
    ];
  },
};

const pieces = (text: string) => (text === '' ? [] : halves(text));

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'scripted', stop_sequence: null };

/** The blocks of a message: as they are in the end, as they are opened, and what comes between. */
function messageBlocks({ thinking, text, calls }: ModelAnswer): { block: object; open: object; deltas: object[] }[] {
  const signature = signatureOf(thinking);
  const thought = {
    block: { type: 'thinking', thinking, signature },
    open: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...pieces(thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
      { type: 'signature_delta', signature },
    ],
  };
  const said = {
    block: { type: 'text', text },
    open: { type: 'text', text: '' },
    deltas: pieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
  };
  return [
    ...(thinking === '' ? [] : [thought]),
    ...(text === '' ? [] : [said]),
    ...calls.map(({ id, name, args }) => ({
      block: { type: 'tool_use', id, name, input: JSON.parse(args) },
      open: { type: 'tool_use', id, name, input: {} },
      deltas: pieces(args).map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    })),
  ];
}

/** The first call of a turn is the one that Gemini signs. https://ai.google.dev/gemini-api/docs/thought-signatures */
function geminiParts({ thinking, text, calls }: ModelAnswer): object[] {
  return [
    ...(thinking === '' ? [] : [{ text: thinking, thought: true }]),
    ...(text === '' ? [] : [{ text }]),
    ...calls.map(({ name, args }, at) => ({
      functionCall: { name, args: JSON.parse(args) },
      ...(at === 0 && thinking !== '' ? { thoughtSignature: signatureOf(thinking) } : {}),
    })),
  ];
}

interface ResponseItem {
  type: string;
  id: string;
  summary?: { text: string }[];
  content?: { text: string }[];
  name?: string;
  arguments?: string;
  input?: string;
}

function responseItems({ thinking, text, calls }: ModelAnswer): ResponseItem[] {
  const thought = {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: thinking }],
    encrypted_content: signatureOf(thinking),
  };
  const said = {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  };
  return [
    ...(thinking === '' ? [] : [thought]),
    ...(text === '' ? [] : [said]),
    ...calls.map(({ id, name, args, custom }) => {
      const call = { id: `fc_${id}`, call_id: id, name, status: 'completed' };
      return custom
        ? { ...call, type: 'custom_tool_call', input: JSON.parse(args).input as string }
        : { ...call, type: 'function_call', arguments: args };
    }),
  ];
}

/** An item as it is added, before any of it has come. */
function opening({ type }: ResponseItem): object {
  if (type === 'reasoning') return { summary: [], encrypted_content: null };
  if (type === 'message') return { content: [], status: 'in_progress' };
  return { [type === 'custom_tool_call' ? 'input' : 'arguments']: '', status: 'in_progress' };
}

/** What comes between an item that is added and one that is done. */
function itemDeltas(item: ResponseItem): object[] {
  const type = (name: string) => `response.${name}`;
  const deltas = (name: string, text: string, more: object = {}) =>
    pieces(text).map((delta) => ({ type: type(`${name}.delta`), ...more, delta }));
  if (item.summary) {
    const [part = { text: '' }] = item.summary;
    const at = { summary_index: 0 };
    return [
      { type: type('reasoning_summary_part.added'), ...at, part: { ...part, text: '' } },
      ...deltas('reasoning_summary_text', part.text, at),
      { type: type('reasoning_summary_text.done'), ...at, text: part.text },
      { type: type('reasoning_summary_part.done'), ...at, part },
    ];
  }
  if (item.content) {
    const [part = { text: '' }] = item.content;
    const at = { content_index: 0 };
    return [
      { type: type('content_part.added'), ...at, part: { ...part, text: '' } },
      ...deltas('output_text', part.text, { ...at, logprobs: [] }),
      { type: type('output_text.done'), ...at, text: part.text, logprobs: [] },
      { type: type('content_part.done'), ...at, part },
    ];
  }
  const { input } = item;
  if (input !== undefined)
    return [...deltas('custom_tool_call_input', input), { type: type('custom_tool_call_input.done'), input }];
  const json = item.arguments ?? '';
  return [
    ...deltas('function_call_arguments', json),
    { type: type('function_call_arguments.done'), name: item.name, arguments: json },
  ];
}

function response(output: readonly ResponseItem[]): object {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: head.created,
    model: head.model,
    status: 'completed',
    output,
    usage: responsesUsage,
  };
}
