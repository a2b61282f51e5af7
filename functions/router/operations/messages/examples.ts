import { completionExamples } from '../chat/examples.ts';

const { id, model, cost, mesh } = completionExamples.reply;

/** Of `POST /v1/messages`, as the document shows them: what the built-in echo answers. */
export const messageExamples = {
  body: { model: 'mesh/echo', max_tokens: 100, messages: [{ role: 'user', content: 'Hello from Mesh' }] },
  reply: {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: 'Hello from Mesh' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 4, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 4 },
    cost,
    mesh,
  },
};

/** Of `POST /v1/messages/count_tokens`. */
export const countExamples = {
  body: { model: 'mesh/echo', messages: [{ role: 'user', content: 'Hello from Mesh' }] },
  reply: { input_tokens: 31, mesh: { basis: 'counted', factor: 1.1 } },
};
