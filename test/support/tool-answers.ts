import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { toEventStream } from './event-stream.ts';
import { toSse } from './replay.ts';

/** What a model says in one step of a tool loop. */
export interface ToolAnswer {
  /** The id of the answer, which no other has. */
  id: string;
  thinking: string;
  text: string;
  /** Arguments as the model writes them. */
  calls: readonly { id: string; name: string; args: string }[];
}

/** The answer as an upstream of a format streams it; thinking is signed where the format has signatures. */
export function toolAnswer(format: FormatName, answer: ToolAnswer): Uint8Array[] {
  const lines = events[format](answer);
  return format === 'converse' ? toEventStream(lines) : toSse(lines, { done: format === 'chat' });
}

const halves = (text: string) => [text.slice(0, text.length >> 1), text.slice(text.length >> 1)];
const signature = ({ id }: ToolAnswer) => Buffer.from(`signature of ${id}`).toString('base64');

const events: Readonly<Record<FormatName, (answer: ToolAnswer) => string[]>> = {
  chat(answer) {
    const chunk = (delta: object, finish_reason: string | null = null) =>
      JSON.stringify({ id: answer.id, choices: [{ index: 0, delta, finish_reason }] });
    return [
      chunk({ role: 'assistant', content: '' }),
      ...halves(answer.thinking).map((reasoning_content) => chunk({ reasoning_content })),
      ...halves(answer.text).map((content) => chunk({ content })),
      ...answer.calls.flatMap(({ id, name, args }, index) => [
        chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
        ...halves(args).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ]),
      chunk({}, answer.calls.length > 0 ? 'tool_calls' : 'stop'),
      JSON.stringify({ id: answer.id, choices: [], usage: { prompt_tokens: 9, completion_tokens: 9 } }),
    ];
  },

  messages(answer) {
    const blocks: [object, object[]][] = [
      [
        { type: 'thinking', thinking: '', signature: '' },
        [
          ...halves(answer.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
          { type: 'signature_delta', signature: signature(answer) },
        ],
      ],
      [{ type: 'text', text: '' }, halves(answer.text).map((text) => ({ type: 'text_delta', text }))],
      ...answer.calls.map(({ id, name, args }): [object, object[]] => [
        { type: 'tool_use', id, name, input: {} },
        halves(args).map((partial_json) => ({ type: 'input_json_delta', partial_json })),
      ]),
    ];
    const stop_reason = answer.calls.length > 0 ? 'tool_use' : 'end_turn';
    return [
      { type: 'message_start', message: { id: answer.id, content: [], usage: { input_tokens: 9, output_tokens: 1 } } },
      ...blocks.flatMap(([content_block, deltas], index) => [
        { type: 'content_block_start', index, content_block },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 9 } },
      { type: 'message_stop' },
    ].map((event) => JSON.stringify(event));
  },

  converse(answer) {
    const deltas = (at: number, all: object[]) => [
      ...all.map((delta) => ({ contentBlockDelta: { contentBlockIndex: at, delta } })),
      { contentBlockStop: { contentBlockIndex: at } },
    ];
    return [
      { messageStart: { role: 'assistant' } },
      ...deltas(0, [
        ...halves(answer.thinking).map((text) => ({ reasoningContent: { text } })),
        { reasoningContent: { signature: signature(answer) } },
      ]),
      ...deltas(
        1,
        halves(answer.text).map((text) => ({ text })),
      ),
      ...answer.calls.flatMap(({ id, name, args }, index) => [
        { contentBlockStart: { contentBlockIndex: 2 + index, start: { toolUse: { toolUseId: id, name } } } },
        ...deltas(
          2 + index,
          halves(args).map((input) => ({ toolUse: { input } })),
        ),
      ]),
      { messageStop: { stopReason: answer.calls.length > 0 ? 'tool_use' : 'end_turn' } },
      { metadata: { usage: { inputTokens: 9, outputTokens: 9 } } },
    ].map((event) => JSON.stringify(event));
  },

  responses(answer) {
    const id = `rs_${answer.id}`;
    const summary = [{ type: 'summary_text', text: answer.thinking }];
    const items: [object, { type: string }[], object][] = [
      [
        { type: 'reasoning', id, summary: [] },
        halves(answer.thinking).map((delta) => ({ type: 'reasoning_summary_text.delta', summary_index: 0, delta })),
        { type: 'reasoning', id, summary, encrypted_content: signature(answer) },
      ],
      [
        { type: 'message', content: [] },
        halves(answer.text).map((delta) => ({ type: 'output_text.delta', content_index: 0, delta })),
        { type: 'message', content: [{ type: 'output_text', text: answer.text, annotations: [] }] },
      ],
      ...answer.calls.map(({ id: call_id, name, args }): [object, { type: string }[], object] => [
        { type: 'function_call', call_id, name, arguments: '' },
        halves(args).map((delta) => ({ type: 'function_call_arguments.delta', delta })),
        { type: 'function_call', call_id, name, arguments: args },
      ]),
    ];
    const usage = { input_tokens: 9, output_tokens: 9 };
    return [
      { type: 'created', response: { id: answer.id, status: 'in_progress' } },
      ...items.flatMap(([added, deltas, done], output_index) => [
        { type: 'output_item.added', output_index, item: added },
        ...deltas.map((delta) => ({ ...delta, output_index })),
        { type: 'output_item.done', output_index, item: done },
      ]),
      { type: 'completed', response: { id: answer.id, status: 'completed', usage } },
    ].map((event) => JSON.stringify({ ...event, type: `response.${event.type}` }));
  },

  /** Written by hand where objects stand for arguments, so that their numbers stay as they are. */
  gemini(answer) {
    const event = (parts: string, more = '') =>
      `{"candidates":[{"index":0,"content":{"role":"model","parts":[${parts}]}${more}}],"responseId":${JSON.stringify(answer.id)}}`;
    const sign = `"thoughtSignature":${JSON.stringify(signature(answer))}`;
    return [
      ...halves(answer.thinking).map((text) => event(JSON.stringify({ text, thought: true }))),
      ...halves(answer.text).map((text) => event(JSON.stringify({ text }))),
      ...answer.calls.map(({ name, args }, index) =>
        event(`{"functionCall":{"name":${JSON.stringify(name)},"args":${args}}${index === 0 ? `,${sign}` : ''}}`),
      ),
      event('', ',"finishReason":"STOP"').replace(
        /}$/,
        ',"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":9}}',
      ),
    ];
  },
};
