import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { namedSse, sse } from './answers.ts';
import { toEventStream } from './event-stream.ts';
import { AWS_EVENT_STREAM, json, type Step, stream } from './scripted-upstream.ts';

/** What a model does in an answer, in its order. */
export type Act =
  | { think: string; seal: string }
  | { say: string }
  | { refuse: string }
  /** A function; with a namespace where the format has those, and else with a longer name. */
  | { call: string; id: string; args: object; namespace?: string }
  /** A tool of free text, which is a function where the format has none. */
  | { custom: string; id: string; input: string };

export type End = 'whole' | 'length';

type Call = { id: string; name: string; args: object };
/** A call as formats without namespaces and custom tools have it. */
function plainCall(act: Act): Call | null {
  if ('custom' in act) return { id: act.id, name: act.custom, args: { input: act.input } };
  if (!('call' in act)) return null;
  return { id: act.id, name: act.namespace ? `${act.namespace}__${act.call}` : act.call, args: act.args };
}

const hasCalls = (acts: readonly Act[]) => acts.some((act) => 'call' in act || 'custom' in act);
const refuses = (acts: readonly Act[]) => acts.some((act) => 'refuse' in act);

/** The same answer in any format, whole or as a stream: ten tokens in, five out. `native`: OpenAI's own, with all of its tools. */
export function saidIn(
  format: FormatName,
  streamed: boolean,
  acts: readonly Act[],
  end: End = 'whole',
  native = true,
): Step[] {
  const wire = wires[format];
  if (!streamed) return json(wire.whole(acts, end, native));
  const events = wire.events(acts, end, native);
  if (format === 'converse') {
    return stream(toEventStream(events.map((event) => JSON.stringify(event))), { contentType: AWS_EVENT_STREAM });
  }
  const named = format === 'messages' || format === 'responses';
  const frames = events.map((event) => (named ? namedSse(event as { type: string }) : sse(event)));
  return stream(format === 'chat' ? [...frames, 'data: [DONE]\n\n'] : frames);
}

interface Wire {
  whole(acts: readonly Act[], end: End, native: boolean): unknown;
  events(acts: readonly Act[], end: End, native: boolean): object[];
}

/** A text in two pieces. */
function pieces(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((piece) => piece !== '');
}

const chat: Wire = {
  whole(acts, end) {
    const join = (pick: (act: Act) => string) => acts.map(pick).join('');
    const content = join((act) => ('say' in act ? act.say : ''));
    const thought = join((act) => ('think' in act ? act.think : ''));
    const refusal = join((act) => ('refuse' in act ? act.refuse : ''));
    const calls = acts.flatMap((act) => plainCall(act) ?? []);
    const tool_calls = calls.map(({ id, name, args }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(args) },
    }));
    return {
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: content || null,
            ...(thought ? { reasoning_content: thought } : {}),
            ...(refusal ? { refusal } : {}),
            ...(calls.length > 0 ? { tool_calls } : {}),
          },
          finish_reason: chatFinish(acts, end),
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    };
  },
  events(acts, end) {
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta, finish_reason }],
    });
    let calls = 0;
    return [
      ...acts.flatMap((act) => {
        if ('think' in act) return pieces(act.think).map((reasoning_content) => chunk({ reasoning_content }));
        if ('say' in act) return pieces(act.say).map((content) => chunk({ content }));
        if ('refuse' in act) return pieces(act.refuse).map((refusal) => chunk({ refusal }));
        const { id, name, args } = plainCall(act) as Call;
        const index = calls++;
        return pieces(JSON.stringify(args)).map((text, at) =>
          chunk({
            tool_calls: [
              at === 0
                ? { index, id, type: 'function', function: { name, arguments: text } }
                : { index, function: { arguments: text } },
            ],
          }),
        );
      }),
      chunk({}, chatFinish(acts, end)),
      { ...chunk({}), choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } },
    ];
  },
};

function chatFinish(acts: readonly Act[], end: End): string {
  if (end === 'length') return 'length';
  return hasCalls(acts) ? 'tool_calls' : 'stop';
}

const responses: Wire = {
  whole(acts, end, native) {
    const output = acts.map((act, at) => toItem(act, at, end, native));
    return {
      id: 'resp_1',
      object: 'response',
      created_at: 1,
      model: 'm',
      status: end === 'whole' ? 'completed' : 'incomplete',
      incomplete_details: end === 'whole' ? null : { reason: 'max_output_tokens' },
      error: null,
      instructions: null,
      metadata: {},
      parallel_tool_calls: true,
      temperature: 1,
      tool_choice: 'auto',
      tools: [],
      top_p: 1,
      output,
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 15,
      },
    };
  },
  events(acts, end, native) {
    const whole = responses.whole(acts, end, native) as { status: string; output: Record<string, unknown>[] };
    const begun = { ...whole, status: 'in_progress', output: [], usage: null, incomplete_details: null };
    let sequence_number = 0;
    return [
      { type: 'response.created', response: begun },
      { type: 'response.in_progress', response: begun },
      ...acts.flatMap((act, output_index) => {
        const item = whole.output[output_index] ?? {};
        const at = { output_index, item_id: item.id };
        return [
          { type: 'response.output_item.added', output_index, item: beginning(item) },
          ...itemEvents(act, at, native),
          { type: 'response.output_item.done', output_index, item },
        ];
      }),
      { type: `response.${whole.status}`, response: whole },
    ].map((event) => ({ ...event, sequence_number: sequence_number++ }));
  },
};

function toItem(act: Act, at: number, end: End, native: boolean): Record<string, unknown> {
  const status = end === 'whole' ? 'completed' : 'incomplete';
  if ('think' in act) {
    const summary = act.think === '' ? [] : [{ type: 'summary_text', text: act.think }];
    return { type: 'reasoning', id: `rs_${at}`, summary, encrypted_content: act.seal, status };
  }
  if ('say' in act) {
    const content = [{ type: 'output_text', text: act.say, annotations: [], logprobs: [] }];
    return { type: 'message', id: `msg_${at}`, role: 'assistant', status, content };
  }
  if ('refuse' in act) {
    return {
      type: 'message',
      id: `msg_${at}`,
      role: 'assistant',
      status,
      content: [{ type: 'refusal', refusal: act.refuse }],
    };
  }
  if (native && 'custom' in act) {
    return { type: 'custom_tool_call', id: `ctc_${at}`, call_id: act.id, name: act.custom, input: act.input };
  }
  if (native && 'call' in act) {
    const namespace = act.namespace === undefined ? {} : { namespace: act.namespace };
    const args = JSON.stringify(act.args);
    return {
      type: 'function_call',
      id: `fc_${at}`,
      call_id: act.id,
      name: act.call,
      ...namespace,
      arguments: args,
      status,
    };
  }
  const { id, name, args } = plainCall(act) as Call;
  return { type: 'function_call', id: `fc_${at}`, call_id: id, name, arguments: JSON.stringify(args), status };
}

function beginning(item: Record<string, unknown>): Record<string, unknown> {
  switch (item.type) {
    case 'message':
      return { ...item, status: 'in_progress', content: [] };
    case 'reasoning':
      return { ...item, status: 'in_progress', summary: [], encrypted_content: '' };
    case 'custom_tool_call':
      return { ...item, input: '' };
    default:
      return { ...item, status: 'in_progress', arguments: '' };
  }
}

function itemEvents(act: Act, at: object, native: boolean): { type: string }[] {
  if ('think' in act) {
    if (act.think === '') return [];
    const of = { ...at, summary_index: 0 };
    const part = { type: 'summary_text', text: act.think };
    return [
      { type: 'response.reasoning_summary_part.added', ...of, part: { ...part, text: '' } },
      ...pieces(act.think).map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...of, delta })),
      { type: 'response.reasoning_summary_text.done', ...of, text: act.think },
      { type: 'response.reasoning_summary_part.done', ...of, part },
    ] as { type: string }[];
  }
  const of = { ...at, content_index: 0 };
  if ('say' in act) {
    const part = { type: 'output_text', text: act.say, annotations: [], logprobs: [] };
    return [
      { type: 'response.content_part.added', ...of, part: { ...part, text: '' } },
      ...pieces(act.say).map((delta) => ({ type: 'response.output_text.delta', ...of, delta, logprobs: [] })),
      { type: 'response.output_text.done', ...of, text: act.say, logprobs: [] },
      { type: 'response.content_part.done', ...of, part },
    ] as { type: string }[];
  }
  if ('refuse' in act) {
    return [
      { type: 'response.content_part.added', ...of, part: { type: 'refusal', refusal: '' } },
      ...pieces(act.refuse).map((delta) => ({ type: 'response.refusal.delta', ...of, delta })),
      { type: 'response.refusal.done', ...of, refusal: act.refuse },
      { type: 'response.content_part.done', ...of, part: { type: 'refusal', refusal: act.refuse } },
    ] as { type: string }[];
  }
  if (native && 'custom' in act) {
    return [
      ...pieces(act.input).map((delta) => ({ type: 'response.custom_tool_call_input.delta', ...at, delta })),
      { type: 'response.custom_tool_call_input.done', ...at, input: act.input },
    ] as { type: string }[];
  }
  const args = JSON.stringify((plainCall(act) as Call).args);
  return [
    ...pieces(args).map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
    { type: 'response.function_call_arguments.done', ...at, arguments: args },
  ] as { type: string }[];
}

const messages: Wire = {
  whole: (acts, end) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: acts.flatMap(toBlock),
    stop_reason: stopReason(acts, end, { length: 'max_tokens', refusal: 'refusal', calls: 'tool_use' }),
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 5 },
  }),
  events(acts, end) {
    const { content, stop_reason, ...start } = messages.whole(acts, end, false) as Record<string, unknown>;
    const blocks = content as Record<string, unknown>[];
    return [
      { type: 'message_start', message: { ...start, content: [], stop_reason: null } },
      ...blocks.flatMap((block, index) => [
        { type: 'content_block_start', index, content_block: emptied(block) },
        ...blockDeltas(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ];
  },
};

function toBlock(act: Act): Record<string, unknown>[] {
  if ('think' in act) return [{ type: 'thinking', thinking: act.think, signature: act.seal }];
  if ('say' in act) return [{ type: 'text', text: act.say }];
  if ('refuse' in act) return [{ type: 'text', text: act.refuse }];
  const { id, name, args } = plainCall(act) as Call;
  return [{ type: 'tool_use', id, name, input: args }];
}

function emptied(block: Record<string, unknown>): Record<string, unknown> {
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} };
}

function blockDeltas(block: Record<string, unknown>): object[] {
  if (block.type === 'thinking') {
    return [
      ...pieces(String(block.thinking)).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: block.signature },
    ];
  }
  if (block.type === 'text') return pieces(String(block.text)).map((text) => ({ type: 'text_delta', text }));
  return pieces(JSON.stringify(block.input)).map((partial_json) => ({ type: 'input_json_delta', partial_json }));
}

function stopReason(acts: readonly Act[], end: End, names: { length: string; refusal: string; calls: string }): string {
  if (end === 'length') return names.length;
  if (refuses(acts)) return names.refusal;
  return hasCalls(acts) ? names.calls : 'end_turn';
}

const gemini: Wire = {
  whole: (acts, end) => ({
    candidates: [
      { index: 0, content: { role: 'model', parts: acts.flatMap(toPart) }, finishReason: geminiFinish(acts, end) },
    ],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
    modelVersion: 'm',
    responseId: 'g',
  }),
  events(acts, end) {
    const whole = gemini.whole(acts, end, false) as { candidates: { content: { parts: object[] } }[] };
    const parts = whole.candidates[0]?.content.parts ?? [];
    const piece = (part: object) => ({
      candidates: [{ index: 0, content: { role: 'model', parts: [part] } }],
      modelVersion: 'm',
      responseId: 'g',
    });
    return [
      ...parts.map(piece),
      {
        ...whole,
        candidates: [{ index: 0, content: { role: 'model', parts: [] }, finishReason: geminiFinish(acts, end) }],
      },
    ];
  },
};

/** The seal of a thought stands on what follows it. */
function toPart(act: Act, at: number, acts: readonly Act[]): object[] {
  const before = acts[at - 1];
  const signature = before !== undefined && 'think' in before ? { thoughtSignature: before.seal } : {};
  if ('think' in act) return act.think === '' ? [] : [{ text: act.think, thought: true }];
  if ('say' in act) return [{ text: act.say, ...signature }];
  if ('refuse' in act) return [{ text: act.refuse }];
  const { id, name, args } = plainCall(act) as Call;
  return [{ functionCall: { id, name, args }, ...signature }];
}

function geminiFinish(acts: readonly Act[], end: End): string {
  if (end === 'length') return 'MAX_TOKENS';
  return refuses(acts) ? 'SAFETY' : 'STOP';
}

const converse: Wire = {
  whole: (acts, end) => ({
    output: { message: { role: 'assistant', content: acts.flatMap(toContentBlock) } },
    stopReason: stopReason(acts, end, { length: 'max_tokens', refusal: 'content_filtered', calls: 'tool_use' }),
    usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    metrics: { latencyMs: 1 },
  }),
  events(acts, end) {
    const { stopReason: reason, usage, metrics } = converse.whole(acts, end, false) as Record<string, unknown>;
    return [
      { messageStart: { role: 'assistant' } },
      ...acts.flatMap((act, contentBlockIndex) => {
        const call = plainCall(act);
        const start =
          call === null
            ? []
            : [
                {
                  contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId: call.id, name: call.name } } },
                },
              ];
        const deltas = converseDeltas(act).map((delta) => ({ contentBlockDelta: { contentBlockIndex, delta } }));
        return [...start, ...deltas, { contentBlockStop: { contentBlockIndex } }];
      }),
      { messageStop: { stopReason: reason } },
      { metadata: { usage, metrics } },
    ];
  },
};

function toContentBlock(act: Act): object[] {
  if ('think' in act) return [{ reasoningContent: { reasoningText: { text: act.think, signature: act.seal } } }];
  if ('say' in act) return [{ text: act.say }];
  if ('refuse' in act) return [{ text: act.refuse }];
  const { id, name, args } = plainCall(act) as Call;
  return [{ toolUse: { toolUseId: id, name, input: args } }];
}

function converseDeltas(act: Act): object[] {
  if ('think' in act) {
    return [
      ...pieces(act.think).map((text) => ({ reasoningContent: { text } })),
      { reasoningContent: { signature: act.seal } },
    ];
  }
  if ('say' in act) return pieces(act.say).map((text) => ({ text }));
  if ('refuse' in act) return pieces(act.refuse).map((text) => ({ text }));
  return pieces(JSON.stringify((plainCall(act) as Call).args)).map((input) => ({ toolUse: { input } }));
}

const wires: Readonly<Record<FormatName, Wire>> = { chat, responses, messages, gemini, converse };
