import { z } from 'zod';
import { audio, chat, file, flag, image, type Message, number, text } from './strict-chat.ts';
import { openaiSchema } from './strict-schema.ts';

/**
 * What each chat provider refuses, written from its own published schema and nothing of the router's: an unknown field is an
 * error, as it is at most of them.
 */

const includeUsage = z.strictObject({ include_usage: flag }).optional();
const effort = (...levels: [string, ...string[]]) => z.enum(levels).optional();
const thinking = z.strictObject({ type: z.enum(['enabled', 'disabled']) }).optional();
const stop = z.array(z.string()).optional();
const sampling = { temperature: number.optional(), top_p: number.optional() };
const penalties = { frequency_penalty: number.optional(), presence_penalty: number.optional() };
const logprobs = { logprobs: flag.optional(), top_logprobs: z.int().optional() };
const bias = z.record(z.string(), number).optional();
const positive = z.int().positive();

/** mistral_common's `_validate_message_order`, and what "Unexpected role 'user' after role 'tool'" (3230) adds to it. */
function mistralOrder(messages: readonly Message[]): string | null {
  const after: Readonly<Record<string, readonly string[]>> = {
    system: ['user', 'assistant', 'system'],
    user: ['assistant', 'system', 'user'],
    assistant: ['assistant', 'user', 'tool'],
    tool: ['assistant', 'tool'],
  };
  for (const [at, { role, content, tool_calls }] of messages.entries()) {
    if (role === 'assistant' && !content && !tool_calls)
      return 'Assistant message must have either content or tool_calls';
    const before = messages[at - 1]?.role;
    if (before !== undefined && !after[before]?.includes(role))
      return `Unexpected role '${role}' after role '${before}'`;
  }
  const last = messages.at(-1);
  const isServed = last?.role === 'user' || last?.role === 'tool' || last?.prefix === true;
  return isServed ? null : `Expected last role User or Tool (or Assistant with prefix True) but got ${last?.role}`;
}

/** "reasoning_content is missing in assistant tool call message": both say so while they think. */
function reasoningBesideCalls(messages: readonly Message[], body: Record<string, unknown>): string | null {
  if (JSON.stringify(body.thinking) === '{"type":"disabled"}') return null;
  const { model, tool_choice = 'auto' } = body;
  // Kimi K3 thinks always, and no document says that it refuses a choice.
  if (!/^kimi-k3/.test(String(model)) && tool_choice !== 'auto' && tool_choice !== 'none')
    return 'Thinking mode does not support this tool_choice';
  const isLost = messages.some(({ tool_calls, reasoning_content }) => tool_calls && reasoning_content === undefined);
  return isLost ? 'reasoning_content is missing in assistant tool call message' : null;
}

/** By provider, each with what it was written from. */
export const strictChat = {
  // @mistralai/mistralai 2.7.0, ChatCompletionRequest; mistral_common, InstructRequestValidatorV3.
  mistral: chat({
    fields: {
      temperature: number.min(0).max(1.5).optional(),
      top_p: number.optional(),
      ...penalties,
      max_tokens: z.int().nonnegative().optional(),
      stop,
      random_seed: z.int().nonnegative().optional(),
      n: z.int().optional(),
      parallel_tool_calls: flag.optional(),
    },
    id: z.string().regex(/^[a-zA-Z0-9]{9}$/),
    names: false,
    assistant: { prefix: flag.optional() },
    conversation: mistralOrder,
  }),
  // groq-sdk 1.6.0, CompletionCreateParams; https://console.groq.com/docs/openai for what it names and refuses.
  groq: chat({
    fields: {
      ...sampling,
      max_completion_tokens: positive.optional(),
      stop,
      seed: z.int().optional(),
      user: z.string().optional(),
      parallel_tool_calls: flag.optional(),
      reasoning_effort: effort('low', 'medium', 'high'),
    },
    names: false,
    assistant: { reasoning: z.string().optional() },
  }),
  // @cerebras/cerebras_cloud_sdk 1.91.0, ChatCompletionCreateParams; https://inference-docs.cerebras.ai/resources/openai
  cerebras: chat({
    fields: {
      ...sampling,
      ...logprobs,
      max_completion_tokens: positive.optional(),
      stop,
      seed: z.int().optional(),
      user: z.string().optional(),
      parallel_tool_calls: flag.optional(),
      reasoning_effort: effort('low', 'medium', 'high'),
      stream_options: includeUsage,
    },
    assistant: { reasoning: z.string().optional() },
  }),
  // https://docs.x.ai/docs/api-reference#chat-completions; what reasoning models refuse is left out.
  xai: chat({
    fields: {
      ...sampling,
      max_completion_tokens: positive.optional(),
      seed: z.int().optional(),
      n: z.int().optional(),
      user: z.string().optional(),
      parallel_tool_calls: flag.optional(),
      reasoning_effort: effort('none', 'low', 'medium', 'high', 'xhigh'),
      stream_options: includeUsage,
    },
    assistant: { reasoning_content: z.string().optional() },
  }),
  // https://api-docs.deepseek.com/api/create-chat-completion, https://api-docs.deepseek.com/guides/thinking_mode
  deepseek: chat({
    fields: {
      ...sampling,
      max_tokens: positive.optional(),
      stop,
      thinking,
      reasoning_effort: effort('minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
      stream_options: includeUsage,
    },
    user: z.never(),
    assistant: { reasoning_content: z.string().optional() },
    conversation: reasoningBesideCalls,
  }),
  // https://platform.kimi.ai/docs/api/chat: sampling is fixed for Kimi models.
  moonshot: chat({
    fields: {
      max_completion_tokens: positive.optional(),
      stop,
      thinking,
      reasoning_effort: effort('low', 'high', 'max'),
      stream_options: includeUsage,
    },
    strict: false,
    assistant: { reasoning_content: z.string().optional() },
    conversation: reasoningBesideCalls,
  }),
  // https://docs.z.ai/api-reference/llm/chat-completion
  zai: chat({
    fields: {
      temperature: number.min(0).max(1).optional(),
      top_p: number.optional(),
      max_tokens: positive.optional(),
      stop,
      thinking,
      reasoning_effort: effort('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
    },
    names: false,
    strict: false,
    assistant: { reasoning_content: z.string().optional() },
    conversation: reasoningBesideCalls,
  }),
  // together-ai 0.52.0, CompletionCreateParams.
  together: chat({
    fields: {
      ...sampling,
      ...penalties,
      max_tokens: positive.optional(),
      top_k: z.int().optional(),
      min_p: number.optional(),
      repetition_penalty: number.optional(),
      stop,
      seed: z.int().optional(),
      n: z.int().optional(),
      logit_bias: bias,
      reasoning_effort: effort('low', 'medium', 'high'),
    },
  }),
  // https://docs.fireworks.ai/api-reference/post-chatcompletions, https://docs.fireworks.ai/guides/reasoning
  fireworks: chat({
    fields: {
      ...sampling,
      ...penalties,
      ...logprobs,
      max_tokens: positive.optional(),
      top_k: z.int().optional(),
      min_p: number.optional(),
      repetition_penalty: number.optional(),
      stop,
      seed: z.int().optional(),
      n: z.int().optional(),
      logit_bias: bias,
      user: z.string().optional(),
      parallel_tool_calls: flag.optional(),
      reasoning_effort: effort('none', 'low', 'medium', 'high'),
      stream_options: includeUsage,
    },
    assistant: { reasoning_content: z.string().optional() },
  }),
  // https://docs.cohere.com/reference/chat by the names of OpenAI's; strandsagents.com says that `stream_options` is refused.
  cohere: chat({
    fields: { ...sampling, max_tokens: positive.optional(), stop, seed: z.int().optional() },
    names: false,
    user: text,
  }),
  // @openrouter/sdk 1.3.19, ChatRequest and ProviderPreferences.
  openrouter: chat({
    fields: {
      ...sampling,
      ...penalties,
      max_tokens: positive.optional(),
      top_k: z.int().optional(),
      min_p: number.optional(),
      repetition_penalty: number.optional(),
      stop,
      seed: z.int().optional(),
      logit_bias: bias,
      user: z.string().optional(),
      parallel_tool_calls: flag.optional(),
      reasoning_effort: effort('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
      stream_options: includeUsage,
      provider: z.strictObject({ sort: z.enum(['price', 'throughput', 'latency']), allow_fallbacks: flag }),
    },
    assistant: { reasoning: z.string().optional() },
  }),
  // openai 6, ChatCompletionCreateParams, as far as gpt-4o and gpt-4.1 take it.
  openai: chat({
    fields: {
      ...sampling,
      ...penalties,
      ...logprobs,
      max_completion_tokens: positive.optional(),
      stop,
      seed: z.int().optional(),
      n: z.int().optional(),
      logit_bias: bias,
      user: z.string().optional(),
      parallel_tool_calls: flag.optional(),
      prompt_cache_key: z.string().optional(),
      safety_identifier: z.string().optional(),
      store: flag.optional(),
      stream_options: includeUsage,
    },
    id: z.string().min(1).max(40),
    systemParts: true,
    user: z.union([text, image, audio, file]),
    assistant: { refusal: z.string().optional() },
    parameters: openaiSchema,
  }),
  // What vLLM, SGLang, llama.cpp, LM Studio and Ollama all understand: an overlay that says nothing is one of them.
  unknown: chat({
    fields: {
      ...sampling,
      ...penalties,
      ...logprobs,
      max_tokens: positive.optional(),
      top_k: z.int().optional(),
      min_p: number.optional(),
      repetition_penalty: number.optional(),
      stop,
      seed: z.int().optional(),
      n: z.int().optional(),
      logit_bias: bias,
      user: z.string().optional(),
      parallel_tool_calls: flag.optional(),
      reasoning_effort: effort('none', 'low', 'medium', 'high'),
      stream_options: includeUsage,
    },
    user: z.union([text, image, audio, file]),
  }),
} as const;
