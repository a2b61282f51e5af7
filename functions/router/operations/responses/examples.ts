import { completionExamples } from '../chat/examples.ts';

const usage = {
  input_tokens: 4,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: 4,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 8,
  cost: 0.000002,
};

const { id, cost, mesh } = completionExamples.reply;

/** What the built-in echo answers. */
const reply = {
  id,
  object: 'response',
  access_programs: null,
  created_at: 1_795_847_165,
  status: 'completed',
  background: false,
  completed_at: 1_795_847_165,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: 100,
  max_tool_calls: null,
  model: 'mesh/echo',
  output: [
    {
      id: 'msg_01M8GDA57C57Y26YT6MWEE71XF_0',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hello from Mesh', annotations: [], logprobs: [] }],
    },
  ],
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: 'default',
  store: false,
  temperature: null,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: 'disabled',
  user: null,
  metadata: {},
  usage,
  cost,
  mesh,
};

/** Of `POST /v1/responses`, as the document shows them. */
export const responseExamples = {
  body: { model: 'mesh/echo', input: 'Hello from Mesh', max_output_tokens: 100, store: false },
  reply,
};
