import { z } from 'zod';
import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import type { RecordedRequest, Step } from '../support/scripted-upstream.ts';
import type { Client } from './client.ts';
import type { Asked } from './front.ts';

export const modes = ['whole', 'stream'] as const;
export type Mode = (typeof modes)[number];

/** What a program can be told to do; what it gets back from it, it prints as facts. */
export type Action =
  | 'text'
  | 'tools'
  | 'image'
  | 'schema'
  | 'reasoning'
  | 'abort'
  | 'pdf'
  | 'count'
  /** From the command line, as people start it, with its own way to try again. */
  | 'plain'
  /** The same, with a tool that patches files. */
  | 'patch'
  /** The same, and then a second question in the same conversation, by another start. */
  | 'resume'
  /** By `mesh launch`, from which alone it knows where to ask, as whom, and for which model. */
  | 'launch'
  /** After `mesh configure`, from whose settings alone it knows that; `mesh unconfigure` takes them back. */
  | 'configure';

/** What a client got, as its program tells it. What a client does not show is left out. */
export const facts = z.object({
  text: z.string().optional(),
  /** Calls that it ran, or that it was given to run. */
  calls: z.array(z.object({ name: z.string(), args: z.unknown() })).optional(),
  reasoning: z.string().optional(),
  /** What it made of an answer by a schema. */
  object: z.unknown().optional(),
  usage: z.object({ input: z.number(), output: z.number() }).optional(),
  /** Whole answers of the router, where a program has them as they came. */
  answers: z.array(z.unknown()).optional(),
  /** What a request was counted to have. */
  tokens: z.number().optional(),
  /** What a command line client printed: its answer, or what it complains about. */
  printed: z.string().optional(),
  /** What is in `note.txt`, where a client could change it. */
  file: z.string().optional(),
  error: z
    .object({
      class: z.string(),
      status: z.number().nullish(),
      code: z.string().nullish(),
      message: z.string(),
    })
    .optional(),
});
export type Facts = z.infer<typeof facts>;

/** What is known of a job when it is over. */
export interface Outcome {
  facts: Facts;
  /** What the client asked the router for, in order. */
  asked: readonly Asked[];
  /** What the provider was asked, in order. */
  requests: readonly RecordedRequest[];
  /** Whether the provider's last answer was given up. */
  aborted: boolean;
  client: Client;
  format: FormatName;
  mode: Mode;
}

export interface Case {
  name: string;
  does: Action;
  /** What the user says. */
  prompt: string;
  /** What it sends that it should not. */
  temperature?: number;
  /** Whose key it has; default: one with money. */
  key?: 'unknown' | 'empty' | 'capped' | 'used up';
  /** Default: one that there is. */
  model?: string;
  /** How often it may try again, where a client's own number takes longer than a job may. */
  retries?: number;
  /** Whether its provider fails, so that it needs an endpoint of its own. */
  fails?: true;
  /** For the clients alone that say so by `also`. */
  special?: true;
  /** What its provider answers, to its first request and to the one with the results of its tools. */
  answer(ask: { format: FormatName; streamed: boolean; turn: number; request: RecordedRequest }): Step[];
  /** What is wrong with what came of it; null for nothing. */
  fault(outcome: Outcome): string | null;
}
