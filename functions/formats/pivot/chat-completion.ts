import type OpenAI from 'openai';
import type { Usage } from '../../core/money/usage.ts';
import type { MessagePhase, ReasoningDetail } from './chat-request.ts';

type OpenAIChoice = OpenAI.ChatCompletion.Choice;
type OpenAIChunkChoice = OpenAI.ChatCompletionChunk.Choice;

/** OpenAI's reasons; every upstream's own is mapped to one of these. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** Gemini's signature, as Google's own OpenAI-compatible API carries it and its clients keep it. */
export interface ExtraContent {
  google: { thought_signature: string };
}

/** One call of a function in an answer. Gemini's signature of the call rides along for Mesh's SDKs and for Google's clients. */
export interface CompletionToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
  thought_signature?: string;
  extra_content?: ExtraContent;
}

export interface CompletionMessage {
  role: 'assistant';
  content: string | null;
  refusal: string | null;
  tool_calls?: CompletionToolCall[];
  annotations?: OpenAI.ChatCompletionMessage.Annotation[];
  /** Where there were several messages, or one in a phase. In a stream all come with the last delta. */
  phases?: MessagePhase[];
  /** The reasoning as plain text, and the same with what the issuer needs to take it back. */
  reasoning?: string | null;
  reasoning_details?: ReasoningDetail[];
  /** Gemini's signature of the text. */
  extra_content?: ExtraContent;
}

/** The stop sequence that an answer came to, as vLLM says it (there it may also be a token's number), and as SGLang does. */
interface Stopped {
  stop_reason?: unknown;
  matched_stop?: unknown;
}

export interface CompletionChoice extends Stopped {
  index: number;
  message: CompletionMessage;
  finish_reason: FinishReason;
  logprobs: OpenAIChoice['logprobs'];
}

/** A whole answer on its way through the router: OpenAI's shape, but `usage` is the router's own. */
export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  /** Unix time in seconds. */
  created: number;
  model: string;
  choices: CompletionChoice[];
  /** Null where the provider reported none. */
  usage: Usage | null;
}

/** Part of a tool call. `index` counts the calls of the answer from 0; `id` and `name` come with the first part. */
export interface ToolCallDelta {
  index: number;
  id?: string;
  type?: 'function';
  function: { name?: string; arguments?: string };
  thought_signature?: string;
  extra_content?: ExtraContent;
}

export interface ChunkDelta {
  role?: 'assistant';
  content?: string | null;
  refusal?: string | null;
  tool_calls?: ToolCallDelta[];
  annotations?: OpenAI.ChatCompletionMessage.Annotation[];
  phases?: MessagePhase[];
  reasoning?: string | null;
  reasoning_details?: ReasoningDetail[];
  /** Said once in a stream: clients join the strings of such objects. */
  extra_content?: ExtraContent;
}

export interface ChunkChoice extends Stopped {
  index: number;
  delta: ChunkDelta;
  finish_reason: FinishReason | null;
  logprobs?: OpenAIChunkChoice['logprobs'];
}

/**
 * One chunk of a stream, with `usage` in the router's own form. What is reported in a stream is cumulative: the last
 * report replaces the ones before. `id`, `object`, `created` and `model` are the encoder's affair.
 */
export interface ChatChunk {
  choices: ChunkChoice[];
  usage?: Usage;
}
