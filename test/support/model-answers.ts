import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { toEventStream } from './event-stream.ts';
import { toSse } from './replay.ts';
import { AWS_EVENT_STREAM, json, type Step, stream } from './scripted-upstream.ts';

/** What a model says, whatever the format of its provider. */
export interface ModelAnswer {
  /** Of the answer, which no other has; signatures are made of it. */
  id: string;
  /** Signed where the format has signatures. */
  thinking?: string;
  text?: string;
  /** Arguments as the model writes them. */
  calls?: readonly { id: string; name: string; args: string }[];
  /** Why it ends, where it does not end by itself. */
  ends?: 'length' | 'refusal';
  usage?: { input: number; output: number };
}

/** What an issuer signs its thought with. */
export const signatureOf = ({ id }: Pick<ModelAnswer, 'id'>): string =>
  Buffer.from(`signature of ${id}`).toString('base64');

/** The answer as an upstream of the format gives it. */
export function modelAnswer(format: FormatName, streamed: boolean, answer: ModelAnswer): Step[] {
  if (!streamed) return json(formats[format].whole(answer));
  const events = formats[format].events(answer).map((event) => JSON.stringify(event));
  if (format === 'converse') return stream(toEventStream(events), { contentType: AWS_EVENT_STREAM });
  const eventNames = format === 'messages' || format === 'responses';
  return stream(toSse(events, { eventNames, done: format === 'chat' }));
}

interface Format {
  whole(answer: ModelAnswer): object;
  events(answer: ModelAnswer): object[];
}

/** At least two pieces, and none that is long. */
function halves(text = ''): string[] {
  const length = Math.min(Math.ceil(text.length / 2), 100) || 1;
  return text.match(new RegExp(`.{1,${length}}`, 'gs')) ?? [];
}
const counted = ({ usage = { input: 9, output: 5 } }: ModelAnswer) => usage;
const callsOf = ({ calls = [] }: ModelAnswer) => calls;

const chatEnds = (answer: ModelAnswer) =>
  answer.ends === 'refusal' ? 'content_filter' : (answer.ends ?? (callsOf(answer).length > 0 ? 'tool_calls' : 'stop'));
const chatUsage = (answer: ModelAnswer) => ({
  prompt_tokens: counted(answer).input,
  completion_tokens: counted(answer).output,
});

const chat: Format = {
  whole: (answer) => ({
    id: answer.id,
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.text ?? null,
          ...(answer.thinking ? { reasoning_content: answer.thinking } : {}),
          ...(answer.calls
            ? {
                tool_calls: answer.calls.map(({ id, name, args }) => ({
                  id,
                  type: 'function',
                  function: { name, arguments: args },
                })),
              }
            : {}),
        },
        finish_reason: chatEnds(answer),
      },
    ],
    usage: chatUsage(answer),
  }),
  events(answer) {
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      id: answer.id,
      choices: [{ index: 0, delta, finish_reason }],
    });
    return [
      chunk({ role: 'assistant', content: '' }),
      ...halves(answer.thinking).map((reasoning_content) => chunk({ reasoning_content })),
      ...halves(answer.text).map((content) => chunk({ content })),
      ...callsOf(answer).flatMap(({ id, name, args }, index) => [
        chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
        ...halves(args).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ]),
      chunk({}, chatEnds(answer)),
      { id: answer.id, choices: [], usage: chatUsage(answer) },
    ];
  },
};

const claudeEnds = (answer: ModelAnswer) => {
  if (answer.ends !== undefined) return answer.ends === 'length' ? 'max_tokens' : 'refusal';
  return callsOf(answer).length > 0 ? 'tool_use' : 'end_turn';
};
const claudeUsage = (answer: ModelAnswer) => ({
  input_tokens: counted(answer).input,
  output_tokens: counted(answer).output,
});
const claudeHead = ({ id }: ModelAnswer) => ({ id, type: 'message', role: 'assistant', model: 'm' });

const messages: Format = {
  whole: (answer) => ({
    ...claudeHead(answer),
    content: [
      ...(answer.thinking ? [{ type: 'thinking', thinking: answer.thinking, signature: signatureOf(answer) }] : []),
      ...(answer.text ? [{ type: 'text', text: answer.text }] : []),
      ...callsOf(answer).map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: JSON.parse(args) })),
    ],
    stop_reason: claudeEnds(answer),
    stop_sequence: null,
    usage: claudeUsage(answer),
  }),
  events(answer) {
    const blocks: [object, object[]][] = [];
    if (answer.thinking) {
      const thinking = halves(answer.thinking).map((half) => ({ type: 'thinking_delta', thinking: half }));
      const signature = { type: 'signature_delta', signature: signatureOf(answer) };
      blocks.push([{ type: 'thinking', thinking: '', signature: '' }, [...thinking, signature]]);
    }
    if (answer.text) {
      blocks.push([{ type: 'text', text: '' }, halves(answer.text).map((text) => ({ type: 'text_delta', text }))]);
    }
    for (const { id, name, args } of callsOf(answer)) {
      const pieces = halves(args).map((partial_json) => ({ type: 'input_json_delta', partial_json }));
      blocks.push([{ type: 'tool_use', id, name, input: {} }, pieces]);
    }
    const ends = { stop_reason: null, stop_sequence: null, usage: { ...claudeUsage(answer), output_tokens: 1 } };
    return [
      { type: 'message_start', message: { ...claudeHead(answer), content: [], ...ends } },
      { type: 'ping' },
      ...blocks.flatMap(([content_block, deltas], index) => [
        { type: 'content_block_start', index, content_block },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      {
        type: 'message_delta',
        delta: { stop_reason: claudeEnds(answer), stop_sequence: null },
        usage: claudeUsage(answer),
      },
      { type: 'message_stop' },
    ];
  },
};

const converseUsage = (answer: ModelAnswer) => ({
  inputTokens: counted(answer).input,
  outputTokens: counted(answer).output,
});
const converseEnds = (answer: ModelAnswer) =>
  answer.ends === 'refusal' ? 'content_filtered' : claudeEnds({ ...answer });

const converse: Format = {
  whole: (answer) => ({
    output: {
      message: {
        role: 'assistant',
        content: [
          ...(answer.thinking
            ? [
                {
                  reasoningContent: { reasoningText: { text: answer.thinking, signature: signatureOf(answer) } },
                },
              ]
            : []),
          ...(answer.text ? [{ text: answer.text }] : []),
          ...callsOf(answer).map(({ id, name, args }) => ({
            toolUse: { toolUseId: id, name, input: JSON.parse(args) },
          })),
        ],
      },
    },
    stopReason: converseEnds(answer),
    usage: converseUsage(answer),
  }),
  events(answer) {
    const events: object[] = [{ messageStart: { role: 'assistant' } }];
    let at = 0;
    const deltas = (all: object[]) => {
      events.push(...all.map((delta) => ({ contentBlockDelta: { contentBlockIndex: at, delta } })));
      events.push({ contentBlockStop: { contentBlockIndex: at++ } });
    };
    if (answer.thinking) {
      const thought = halves(answer.thinking).map((text) => ({ reasoningContent: { text } }));
      deltas([...thought, { reasoningContent: { signature: signatureOf(answer) } }]);
    }
    if (answer.text) deltas(halves(answer.text).map((text) => ({ text })));
    for (const { id, name, args } of callsOf(answer)) {
      events.push({ contentBlockStart: { contentBlockIndex: at, start: { toolUse: { toolUseId: id, name } } } });
      deltas(halves(args).map((input) => ({ toolUse: { input } })));
    }
    return [
      ...events,
      { messageStop: { stopReason: converseEnds(answer) } },
      { metadata: { usage: converseUsage(answer) } },
    ];
  },
};

const itemsOf = (answer: ModelAnswer) => [
  ...(answer.thinking
    ? [
        {
          type: 'reasoning',
          id: `rs_${answer.id}`,
          summary: [{ type: 'summary_text', text: answer.thinking }],
          encrypted_content: signatureOf(answer),
        },
      ]
    : []),
  ...(answer.text
    ? [
        {
          type: 'message',
          id: `msg_${answer.id}`,
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: answer.text, annotations: [] }],
        },
      ]
    : []),
  ...callsOf(answer).map(({ id, name, args }) => ({
    type: 'function_call',
    id: `fc_${id}`,
    call_id: id,
    name,
    arguments: args,
    status: 'completed',
  })),
];
const response = (answer: ModelAnswer) => ({
  id: answer.id,
  object: 'response',
  created_at: 1,
  model: 'm',
  status: answer.ends === undefined ? 'completed' : 'incomplete',
  ...(answer.ends === undefined
    ? {}
    : { incomplete_details: { reason: answer.ends === 'length' ? 'max_output_tokens' : 'content_filter' } }),
  output: itemsOf(answer),
  usage: { input_tokens: counted(answer).input, output_tokens: counted(answer).output },
});

const responses: Format = {
  whole: response,
  events: (answer) => [
    { type: 'response.created', response: { ...response(answer), status: 'in_progress', output: [], usage: null } },
    ...itemsOf(answer).flatMap((item, output_index) => [
      {
        type: 'response.output_item.added',
        output_index,
        item: { ...item, ...emptied[item.type as keyof typeof emptied] },
      },
      ...deltasOf(item).map((delta) => ({ ...delta, output_index })),
      { type: 'response.output_item.done', output_index, item },
    ]),
    { type: `response.${response(answer).status}`, response: response(answer) },
  ],
};
const emptied = {
  reasoning: { summary: [], encrypted_content: undefined },
  message: { content: [] },
  function_call: { arguments: '' },
};
function deltasOf(item: ReturnType<typeof itemsOf>[number]): object[] {
  const of = (type: string, text: string | undefined, more: object) =>
    halves(text).map((delta) => ({ type: `response.${type}.delta`, delta, ...more }));
  if ('summary' in item) return of('reasoning_summary_text', item.summary[0]?.text, { summary_index: 0 });
  if ('content' in item) return of('output_text', item.content[0]?.text, { content_index: 0 });
  return of('function_call_arguments', item.arguments, {});
}

const geminiEnds = ({ ends }: ModelAnswer) =>
  ends === undefined ? 'STOP' : ends === 'length' ? 'MAX_TOKENS' : 'SAFETY';
const geminiUsage = (answer: ModelAnswer) => ({
  promptTokenCount: counted(answer).input,
  candidatesTokenCount: counted(answer).output,
});
const geminiCalls = (answer: ModelAnswer) =>
  callsOf(answer).map(({ name, args }, index) => ({
    functionCall: { name, args: JSON.parse(args) },
    ...(index === 0 ? { thoughtSignature: signatureOf(answer) } : {}),
  }));

const gemini: Format = {
  whole: (answer) => ({
    responseId: answer.id,
    candidates: [
      {
        index: 0,
        content: {
          role: 'model',
          parts: [
            ...(answer.thinking ? [{ text: answer.thinking, thought: true }] : []),
            ...(answer.text ? [{ text: answer.text }] : []),
            ...geminiCalls(answer),
          ],
        },
        finishReason: geminiEnds(answer),
      },
    ],
    usageMetadata: geminiUsage(answer),
    modelVersion: 'm',
  }),
  events(answer) {
    const event = (parts: object[], more: object = {}, beside: object = {}) => ({
      candidates: [{ index: 0, content: { role: 'model', parts }, ...more }],
      responseId: answer.id,
      ...beside,
    });
    return [
      ...halves(answer.thinking).map((text) => event([{ text, thought: true }])),
      ...halves(answer.text).map((text) => event([{ text }])),
      ...geminiCalls(answer).map((part) => event([part])),
      event([], { finishReason: geminiEnds(answer) }, { usageMetadata: geminiUsage(answer), modelVersion: 'm' }),
    ];
  },
};

const formats: Readonly<Record<FormatName, Format>> = { chat, responses, messages, gemini, converse };
