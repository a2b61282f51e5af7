import { z } from 'zod';
import { chatRequestSchema } from '../pivot/chat-request.ts';

/**
 * The bodies of `:embedContent` and `:batchEmbedContents`: Google's, and the router's own fields.
 * https://ai.google.dev/api/embeddings
 */

const ofOne = {
  model: z.string().nullish(),
  content: z.looseObject({ parts: z.array(z.looseObject({ text: z.string() })).min(1) }),
  taskType: z.string().nullish(),
  outputDimensionality: z.int().positive().nullish(),
};
const routing = chatRequestSchema.pick({ provider: true, weight_profile: true, timeout: true }).shape;

export const embedContentSchema = z.looseObject({ ...ofOne, ...routing });
/** One of several. */
export const embedEntry = z.looseObject(ofOne);
export const entriesOf = <Entry extends z.ZodType>(entry: Entry) => z.array(entry).min(1);
export const batchEmbedSchema = z.looseObject({ requests: entriesOf(embedEntry), ...routing });

export type EmbedEntry = z.infer<typeof embedEntry>;
export type EmbedRouting = z.infer<z.ZodObject<typeof routing>>;
