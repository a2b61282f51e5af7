import type { InputMeasure } from '../../core/routing/quote.ts';

/** What vectors are for, where models tell it apart; by the names of Google's task types, which are all that there are. */
export const embedTasks = [
  'document',
  'query',
  'similarity',
  'classification',
  'clustering',
  'question',
  'fact',
  'code_query',
] as const;
export type EmbedTask = (typeof embedTasks)[number];

/** One of the texts that are embedded. */
export interface EmbedInput {
  /** Null where its ids mean nothing here. */
  text: string | null;
  /** Where its caller has sent ids of tokens in place of a text. */
  ids: readonly number[] | null;
  /** The most tokens that any model makes of it. */
  mostTokens: number;
}

/** A request for embeddings, whatever format it came in. */
export interface EmbedRequest {
  /** At least one. */
  inputs: readonly EmbedInput[];
  /** What all of them amount to. */
  measure: InputMeasure;
  /** Numbers of each vector; null for as many as the model makes. */
  dimensions: number | null;
  task: EmbedTask | null;
  /** Whom of its users the caller says that it is for. */
  user: string | null;
}
