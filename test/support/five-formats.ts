import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { namedSse, sse } from './answers.ts';
import { toEventStream } from './event-stream.ts';
import { AWS_EVENT_STREAM, json, type Step, stream } from './scripted-upstream.ts';

/** What a provider says of itself in an answer: `Hello.`, and a call of `now` where `callId` is there. */
export interface Said {
  id?: string;
  model?: string;
  callId?: string;
  /** In the words of the format, as `countsIn` makes them; absent for no report. */
  usage?: unknown;
}

/** Counters in a format's own words; whatever is no number is passed on as it is. */
export function countsIn(format: FormatName, input: unknown, output: unknown, cached?: unknown): unknown {
  switch (format) {
    case 'chat':
      return {
        prompt_tokens: input,
        completion_tokens: output,
        ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
      };
    case 'responses':
      return {
        input_tokens: input,
        output_tokens: output,
        ...(cached === undefined ? {} : { input_tokens_details: { cached_tokens: cached } }),
      };
    case 'messages':
      return {
        input_tokens: input,
        output_tokens: output,
        ...(cached === undefined ? {} : { cache_read_input_tokens: cached }),
      };
    case 'gemini':
      return {
        promptTokenCount: input,
        candidatesTokenCount: output,
        ...(cached === undefined ? {} : { cachedContentTokenCount: cached }),
      };
    case 'converse':
      return {
        inputTokens: input,
        outputTokens: output,
        ...(cached === undefined ? {} : { cacheReadInputTokens: cached }),
      };
  }
}

/** An answer in a format, whole or as a stream. */
export function answerIn(format: FormatName, streamed: boolean, said: Said): Step[] {
  if (!streamed) return json(wholes[format](said));
  if (format === 'converse') {
    const events = streams.converse(said).map((event) => JSON.stringify(event));
    return stream(toEventStream(events), { contentType: AWS_EVENT_STREAM });
  }
  const frames = streams[format](said) as { type: string }[];
  const named = format === 'messages' || format === 'responses';
  return stream([...frames.map(named ? namedSse : sse), ...(format === 'chat' ? ['data: [DONE]\n\n'] : [])]);
}

const call = { name: 'now', arguments: '{}' };
const wholes: Record<FormatName, (said: Said) => unknown> = {
  chat: ({ id = 'c', model = 'm', callId, usage }) => ({
    id,
    object: 'chat.completion',
    created: 1,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Hello.',
          ...(callId === undefined ? {} : { tool_calls: [{ id: callId, type: 'function', function: call }] }),
        },
        finish_reason: 'stop',
      },
    ],
    usage,
  }),
  responses: (said) => response(said),
  messages: ({ id = 'msg_1', model = 'm', callId, usage }) => ({
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [
      { type: 'text', text: 'Hello.' },
      ...(callId === undefined ? [] : [{ type: 'tool_use', id: callId, name: 'now', input: {} }]),
    ],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  }),
  gemini: ({ id = 'g', model = 'm', callId, usage }) => ({
    candidates: [
      {
        index: 0,
        content: {
          role: 'model',
          parts: [
            { text: 'Hello.' },
            ...(callId === undefined ? [] : [{ functionCall: { id: callId, name: 'now', args: {} } }]),
          ],
        },
        finishReason: 'STOP',
      },
    ],
    usageMetadata: usage,
    modelVersion: model,
    responseId: id,
  }),
  converse: ({ callId, usage }) => ({
    output: {
      message: {
        role: 'assistant',
        content: [
          { text: 'Hello.' },
          ...(callId === undefined ? [] : [{ toolUse: { toolUseId: callId, name: 'now', input: {} } }]),
        ],
      },
    },
    stopReason: 'end_turn',
    usage,
    metrics: { latencyMs: 1 },
  }),
};

const streams: Record<FormatName, (said: Said) => unknown[]> = {
  chat({ id = 'c', model = 'm', callId, usage }) {
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      id,
      object: 'chat.completion.chunk',
      created: 1,
      model,
      choices: [{ index: 0, delta, finish_reason }],
    });
    return [
      chunk({ role: 'assistant', content: 'Hello.' }),
      ...(callId === undefined
        ? []
        : [chunk({ tool_calls: [{ index: 0, id: callId, type: 'function', function: call }] })]),
      chunk({}, 'stop'),
      { ...chunk({}), choices: [], usage },
    ];
  },
  responses(said) {
    const { output } = response(said);
    return [
      { type: 'response.created', response: { ...response(said), status: 'in_progress', output: [], usage: null } },
      { type: 'response.output_item.added', output_index: 0, item: { ...output[0], content: [] } },
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, item_id: 'msg_1', delta: 'Hello.' },
      { type: 'response.output_item.done', output_index: 0, item: output[0] },
      ...(said.callId === undefined
        ? []
        : [
            { type: 'response.output_item.added', output_index: 1, item: { ...output[1], arguments: '' } },
            { type: 'response.function_call_arguments.delta', output_index: 1, item_id: 'fc_1', delta: '{}' },
            { type: 'response.output_item.done', output_index: 1, item: output[1] },
          ]),
      { type: 'response.completed', response: response(said) },
    ];
  },
  messages({ id = 'msg_1', model = 'm', callId, usage }) {
    const start = { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null };
    return [
      { type: 'message_start', message: { ...start, ...(usage === undefined ? {} : { usage }) } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello.' } },
      { type: 'content_block_stop', index: 0 },
      ...(callId === undefined
        ? []
        : [
            {
              type: 'content_block_start',
              index: 1,
              content_block: { type: 'tool_use', id: callId, name: 'now', input: {} },
            },
            { type: 'content_block_stop', index: 1 },
          ]),
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, ...(usage === undefined ? {} : { usage }) },
      { type: 'message_stop' },
    ];
  },
  gemini: (said) => [wholes.gemini(said)],
  converse: ({ callId, usage }) => [
    { messageStart: { role: 'assistant' } },
    { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Hello.' } } },
    { contentBlockStop: { contentBlockIndex: 0 } },
    ...(callId === undefined
      ? []
      : [
          { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: callId, name: 'now' } } } },
          { contentBlockStop: { contentBlockIndex: 1 } },
        ]),
    { messageStop: { stopReason: 'end_turn' } },
    { metadata: { usage, metrics: { latencyMs: 1 } } },
  ],
};

function response({ id = 'resp_1', model = 'm', callId, usage = null }: Said) {
  return {
    id,
    object: 'response',
    created_at: 1,
    model,
    status: 'completed',
    output: [
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Hello.', annotations: [] }],
      },
      ...(callId === undefined
        ? []
        : [{ type: 'function_call', id: 'fc_1', call_id: callId, name: 'now', arguments: '{}', status: 'completed' }]),
    ],
    usage,
  };
}
