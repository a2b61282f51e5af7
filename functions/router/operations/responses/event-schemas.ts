import { z } from 'zod';
import { count } from '../../http/reply-fields.ts';
import { annotation, logprob, outputItem, part, summaryPart } from './item-schemas.ts';
import { response, responseReply } from './reply-schemas.ts';

/** The events of a streamed response, as official SDKs know them. */

const common = { sequence_number: count };
const ofItem = { ...common, output_index: count, item_id: z.string() };
const ofPart = { ...ofItem, content_index: count };
const ofSummary = { ...ofItem, summary_index: count };

function event<Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return z.looseObject({ type: z.literal(type), ...shape });
}

export const events = [
  event('response.created', { ...common, response }),
  event('response.in_progress', { ...common, response }),
  event('response.completed', { ...common, response: responseReply }),
  event('response.incomplete', { ...common, response: responseReply }),
  event('response.failed', { ...common, response }),
  event('response.output_item.added', { ...common, output_index: count, item: outputItem }),
  event('response.output_item.done', { ...common, output_index: count, item: outputItem }),
  event('response.content_part.added', { ...ofPart, part }),
  event('response.content_part.done', { ...ofPart, part }),
  event('response.output_text.delta', { ...ofPart, delta: z.string(), logprobs: z.array(logprob) }),
  event('response.output_text.done', { ...ofPart, text: z.string(), logprobs: z.array(logprob) }),
  event('response.output_text.annotation.added', { ...ofPart, annotation_index: count, annotation }),
  event('response.refusal.delta', { ...ofPart, delta: z.string() }),
  event('response.refusal.done', { ...ofPart, refusal: z.string() }),
  event('response.function_call_arguments.delta', { ...ofItem, delta: z.string() }),
  event('response.function_call_arguments.done', { ...ofItem, name: z.string().optional(), arguments: z.string() }),
  event('response.custom_tool_call_input.delta', { ...ofItem, delta: z.string() }),
  event('response.custom_tool_call_input.done', { ...ofItem, input: z.string() }),
  event('response.reasoning_summary_part.added', { ...ofSummary, part: summaryPart }),
  event('response.reasoning_summary_part.done', { ...ofSummary, part: summaryPart }),
  event('response.reasoning_summary_text.delta', { ...ofSummary, delta: z.string() }),
  event('response.reasoning_summary_text.done', { ...ofSummary, text: z.string() }),
  event('response.reasoning_text.delta', { ...ofPart, delta: z.string() }),
  event('response.reasoning_text.done', { ...ofPart, text: z.string() }),
] as const;

/** One of them; an endpoint of the same format may have others, which are passed on. */
export const responseEvent = z.discriminatedUnion('type', events);
