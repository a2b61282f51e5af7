import { z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import type { EmbedTask } from '../embed/embed-request.ts';
import { googleTasks } from '../embed/gemini-embedders.ts';
import { MAX_INPUTS } from '../embeddings/request-body.ts';
import { camelBody, camelFields } from '../gemini/camel-fields.ts';
import { bodyChecker } from '../shared/check-body.ts';
import { isRecord } from '../shared/is-record.ts';
import { invalid } from '../shared/refusals.ts';
import { toValidationError } from '../shared/validation-error.ts';
import {
  batchEmbedSchema,
  type EmbedEntry,
  type EmbedRouting,
  embedContentSchema,
  embedEntry,
  entriesOf,
} from './request-body.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A request for embeddings as it was understood. */
export interface EmbedContent {
  texts: readonly string[];
  task: EmbedTask | null;
  dimensions: number | null;
  routing: EmbedRouting;
}

const kept = new Set(['weight_profile', 'provider', 'timeout']);
const checkBatch = bodyChecker({
  body: batchEmbedSchema,
  list: 'requests',
  anyList: entriesOf(z.unknown()),
  entry: embedEntry,
});

/**
 * Reads a body of `:embedContent`, or of `:batchEmbedContents`, entry by entry. All of a batch has one task and one number of
 * dimensions, since one model makes all of it. Throws `invalid_request_error` with the path of the first mistake.
 */
export function* parseEmbedRequest(
  given: unknown,
  model: string,
  isBatch: boolean,
  defaults: Fields = {},
): Generator<void, EmbedContent> {
  if (!isRecord(given)) throw new MeshError('invalid_request_error', { message: 'The body must be a JSON object.' });
  const body = { ...defaults, ...camelBody(given, kept, 'requests') };
  if (isBatch && Array.isArray(body.requests)) body.requests = body.requests.map((entry) => camelFields(entry));
  const { requests, ...routing } = isBatch ? yield* checkBatch(body) : checkOne(body);
  if (requests.length > MAX_INPUTS) throw invalid('requests', `requests: There may be ${MAX_INPUTS} at most.`);
  const [first] = requests;
  const texts: string[] = [];
  for (const [at, entry] of requests.entries()) {
    const path = isBatch ? `requests.${at}.` : '';
    checkEntry(entry, first as EmbedEntry, model, path);
    texts.push(textOf(entry, path));
    yield;
  }
  return { texts, task: taskOf(first?.taskType), dimensions: first?.outputDimensionality ?? null, routing };
}

/** One is a batch of one, whose fields stand at the top. */
function checkOne(body: Fields): EmbedRouting & { requests: EmbedEntry[] } {
  const { success, data, error } = embedContentSchema.safeParse(body);
  if (!success) throw toValidationError(error);
  const { provider, weight_profile, timeout, ...entry } = data;
  return { provider, weight_profile, timeout, requests: [entry] };
}

/** What would make another vector is refused, never ignored. */
function checkEntry(entry: EmbedEntry, first: EmbedEntry, model: string, path: string): void {
  if (entry.model != null && entry.model.replace(/^models\//, '') !== model) {
    throw invalid(`${path}model`, `${path}model: It must be the model of the path.`);
  }
  for (const field of ['taskType', 'outputDimensionality'] as const) {
    if ((entry[field] ?? null) !== (first[field] ?? null)) {
      throw invalid(`${path}${field}`, `${path}${field}: It must be the same for all requests of a batch.`);
    }
  }
  for (const field of ['title', 'autoTruncate', 'embedContentConfig']) {
    if (entry[field] != null && entry[field] !== false)
      throw invalid(`${path}${field}`, `${path}${field} is not served.`);
  }
}

function textOf({ content }: EmbedEntry, path: string): string {
  const other = content.parts.findIndex((part) => Object.keys(part).some((name) => name !== 'text'));
  if (other >= 0) throw invalid(`${path}content.parts.${other}`, 'Only texts are embedded.');
  const text = content.parts.map((part) => part.text).join('\n');
  if (text === '') throw invalid(`${path}content`, `${path}content: It must not be empty.`);
  return text;
}

function taskOf(type: string | null | undefined): EmbedTask | null {
  if (type == null || type === '' || type === 'TASK_TYPE_UNSPECIFIED') return null;
  const found = Object.entries(googleTasks).find(([, name]) => name === type);
  if (found === undefined) throw invalid('taskType', 'taskType: There is no such task.');
  return found[0] as EmbedTask;
}
