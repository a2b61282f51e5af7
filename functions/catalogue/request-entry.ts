import { z } from 'zod';
import {
  madeIdLength,
  messageFields,
  optionalFields,
  schemaDialects,
  takesText,
} from '../core/endpoints/request-rules.ts';

const text = z.string().min(1);

/** Shorter ids made of a hash would soon be the same for different ones. */
const MIN_ID_LENGTH = 8;

const textRule = z
  .strictObject({
    pattern: text.refine(isPattern, 'must be a regular expression').nullable().optional(),
    max: z.int().min(MIN_ID_LENGTH).nullable().optional(),
  })
  .refine(({ pattern = null, max = null }) => {
    const rule = { pattern, max };
    return pattern === null || !isPattern(pattern) || takesText('a'.repeat(madeIdLength(rule)), rule);
  }, 'must take letters and digits, as many as `max` says: what does not fit is replaced by such');

/**
 * What an upstream takes of a request, and what is changed before it leaves; core/endpoints/request-rules.ts says what each
 * means, and resolve-request.ts what goes without saying.
 */
export const requestEntry = z.strictObject({
  set: z.record(text, z.unknown()).optional(),
  drop: z.array(text).optional(),
  rename: z.record(text, text).optional(),
  roles: z.record(text, text).optional(),
  unknown: z.enum(['pass', 'drop']).optional(),
  fields: z.array(z.enum(optionalFields)).optional(),
  message_fields: z.array(z.enum(messageFields)).optional(),
  system_content: z.enum(['text', 'parts']).optional(),
  late_system: z.enum(['system', 'user']).optional(),
  max_temperature: z.number().positive().optional(),
  tool_ids: textRule.optional(),
  tool_names: textRule.optional(),
  roles_after_tool: z.array(text).nullable().optional(),
  stream_options: z.array(z.literal('include_usage')).optional(),
  max_tokens: z.enum(['max_tokens', 'max_completion_tokens']).optional(),
  min_output_tokens: z.int().positive().optional(),
  user_id: z.enum(['plain', 'opaque']).optional(),
  schema_dialect: z.enum(schemaDialects).optional(),
});

export type RequestEntry = z.infer<typeof requestEntry>;

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
