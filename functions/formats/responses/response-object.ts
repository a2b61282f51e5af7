import type { AnswerHead } from '../shared/answer.ts';
import type { ResponsesRequest } from './parse-request.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A response that has just begun: what it is asked for, in OpenAI's words. Nothing is ever stored. */
export function responseObject({ body, raw }: ResponsesRequest, { id, created, model }: AnswerHead): Fields {
  const { reasoning, text } = body;
  return {
    id,
    object: 'response',
    access_programs: null,
    created_at: created,
    status: 'in_progress',
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: raw.max_tool_calls ?? null,
    model,
    output: [],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: {
      effort: reasoning?.effort ?? null,
      summary: reasoning?.summary ?? reasoning?.generate_summary ?? null,
    },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: 'default',
    store: false,
    temperature: body.temperature ?? null,
    text: { ...text, format: text?.format ?? { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? null,
    truncation: 'disabled',
    usage: null,
    user: body.user ?? null,
    metadata: body.metadata ?? {},
  };
}
