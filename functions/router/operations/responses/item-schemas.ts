import { z } from 'zod';
import { count } from '../../http/reply-fields.ts';

/** The output items of a response, as official SDKs know them. */

const status = z.enum(['in_progress', 'completed', 'incomplete']);

const urlCitation = z.looseObject({
  type: z.literal('url_citation'),
  url: z.string(),
  title: z.string(),
  start_index: z.int(),
  end_index: z.int(),
});
/** Others than of the web come from a relay alone. */
export const annotation = z.union([urlCitation, z.looseObject({ type: z.string() })]);

const topLogprob = z.looseObject({ token: z.string(), bytes: z.array(z.int()), logprob: z.number() });
export const logprob = topLogprob.extend({ top_logprobs: z.array(topLogprob) });

export const outputText = z.looseObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(annotation),
  logprobs: z.array(logprob).optional(),
});
export const refusal = z.looseObject({ type: z.literal('refusal'), refusal: z.string() });
export const part = z.discriminatedUnion('type', [
  outputText,
  refusal,
  z.looseObject({ type: z.literal('reasoning_text'), text: z.string() }),
]);
export const summaryPart = z.looseObject({ type: z.literal('summary_text'), text: z.string() });

export const items = {
  message: z.looseObject({
    type: z.literal('message'),
    id: z.string(),
    role: z.literal('assistant'),
    status,
    content: z.array(z.discriminatedUnion('type', [outputText, refusal])),
  }),
  reasoning: z.looseObject({
    type: z.literal('reasoning'),
    id: z.string(),
    summary: z.array(summaryPart),
    encrypted_content: z.string().nullish(),
    status: status.optional(),
  }),
  functionCall: z.looseObject({
    type: z.literal('function_call'),
    id: z.string().optional(),
    call_id: z.string(),
    name: z.string(),
    namespace: z.string().optional(),
    arguments: z.string(),
    status: status.optional(),
  }),
  customToolCall: z.looseObject({
    type: z.literal('custom_tool_call'),
    id: z.string().optional(),
    call_id: z.string(),
    name: z.string(),
    namespace: z.string().optional(),
    input: z.string(),
  }),
};
const known = [items.message, items.reasoning, items.functionCall, items.customToolCall] as const;
const knownTypes: readonly string[] = known.map(({ shape }) => shape.type.value);

/** One of those, or what an endpoint of the same format has beside them. */
export const outputItem = z.union([
  z.discriminatedUnion('type', known),
  z.looseObject({ type: z.string().refine((type) => !knownTypes.includes(type)) }),
]);

export const usage = z.looseObject({
  input_tokens: count,
  input_tokens_details: z.looseObject({ cached_tokens: count, cache_write_tokens: count }),
  output_tokens: count,
  output_tokens_details: z.looseObject({ reasoning_tokens: count }),
  total_tokens: count,
});
