import type { Step } from './scripted-upstream.ts';
import { json, type Script, stream } from './scripted-upstream.ts';

/** What a chat provider that works says: four tokens in, two out. */
const usage = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };

export const chatChunk = (delta: object, finish: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish }],
});

/** One server-sent event. */
export const sse = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
/** The same under a name, as Messages and Responses write it. */
export const namedSse = (data: { type: string }) => `event: ${data.type}\n${sse(data)}`;

/** The role, two pieces of text, the finish, the usage, and the end. */
export const chatFrames = [
  sse(chatChunk({ role: 'assistant', content: '' })),
  sse(chatChunk({ content: 'Hello ' })),
  sse(chatChunk({ content: 'there' })),
  sse(chatChunk({}, 'stop')),
  sse({ ...chatChunk({}), choices: [], usage }),
  'data: [DONE]\n\n',
];

export const chatCompletion = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
  usage,
};

/** Whether a request to a chat provider asks for a stream. */
export const isStreamed = ({ body }: { body: string }): boolean => JSON.parse(body).stream === true;

/** A chat provider that works. */
export const works: Script = (request): Step[] => (isStreamed(request) ? stream(chatFrames) : json(chatCompletion));
