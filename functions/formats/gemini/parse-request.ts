import { z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import { bodyChecker } from '../shared/check-body.ts';
import { isRecord } from '../shared/is-record.ts';
import { invalid } from '../shared/refusals.ts';
import { Unsaid } from '../shared/unsaid.ts';
import { camelBody, camelFields } from './camel-fields.ts';
import { refuseCostly } from './costly-fields.ts';
import {
  bodyFields,
  contentSchema,
  contentsOf,
  declarationFields,
  type GenerateBody,
  generateRequestSchema,
  routerOwned,
} from './generate-request.ts';
import { parseContents, parseSystem } from './parse-contents.ts';
import { parseSettings, showsThoughts } from './parse-settings.ts';
import { declarationsOf, parseTools } from './parse-tools.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A request in Google's form. */
export interface GenerateRequest {
  /** As other formats are told it. */
  chat: ChatRequest;
  /** As it came, for endpoints that speak the format, but for what was said to the router. Never changed. */
  body: GenerateBody;
  /** Path of the first thing that only this format has, and that cannot be left out; null where all of it can be translated. */
  needed: string | null;
  /** What of `body` is not in `chat`, but is read by a model that gets it. */
  unsaid: readonly unknown[];
  /** Whether the client asks to see what the model thinks. */
  shows: boolean;
}

const owned = new Set(routerOwned);
const check = bodyChecker({
  body: generateRequestSchema,
  list: 'contents',
  anyList: contentsOf(z.unknown()),
  entry: contentSchema,
});

/**
 * Reads the body of `:generateContent`, content by content. `defaults` (the key's own, by chat's names) stand where the caller said
 * nothing. Throws `invalid_request_error` with the path of the first mistake; no message quotes a value.
 */
export function* parseGenerateRequest(
  given: unknown,
  { model, stream }: { model: string; stream: boolean },
  defaults: Fields = {},
): Generator<void, GenerateRequest> {
  if (!isRecord(given)) throw new MeshError('invalid_request_error', { message: 'The body must be a JSON object.' });
  const raw = withDefaults(camelBody(given, owned, 'contents'), defaults);
  refuseCostly(raw);
  if (Array.isArray(raw.contents)) raw.contents = yield* camelContents(raw.contents);
  const checked = yield* check(raw);
  const unsaid = new Unsaid();
  const config = checked.generationConfig ?? {};
  const messages = [
    ...parseSystem(checked.systemInstruction, unsaid),
    ...(yield* parseContents(checked.contents, unsaid)),
  ];
  if (messages.length === 0 && unsaid.needed === null) {
    throw invalid('contents', 'contents: there is nothing to answer.');
  }
  const { models, provider, weight_profile, session_id, timeout } = checked;
  const chat: ChatRequest = {
    model,
    messages,
    stream,
    ...parseTools(checked),
    ...parseSettings(config, unsaid),
    models,
    provider,
    weight_profile,
    session_id,
    timeout,
  };
  noteBeyond(raw, checked, unsaid);
  // Not what the schema made of it, where fields have another order.
  const sent = Object.entries(raw).filter(([field]) => !owned.has(field));
  return {
    chat,
    body: Object.fromEntries(sent) as GenerateBody,
    needed: unsaid.needed,
    unsaid: unsaid.values,
    shows: showsThoughts(config),
  };
}

function* camelContents(contents: readonly unknown[]): Generator<void, unknown[]> {
  const named: unknown[] = [];
  for (const content of contents) {
    named.push(camelFields(content));
    yield;
  }
  return named;
}

/** What a key says of all its requests, in Google's words. */
function withDefaults(body: Record<string, unknown>, defaults: Fields): Record<string, unknown> {
  const { max_completion_tokens, max_tokens, temperature, top_p, top_k, ...others } = defaults;
  const settings = { maxOutputTokens: max_completion_tokens ?? max_tokens, temperature, topP: top_p, topK: top_k };
  const said = Object.entries(settings).filter(([, value]) => value != null);
  const routing = Object.entries(others).filter(([field]) => owned.has(field) && field !== 'model');
  const own = isRecord(body.generationConfig) ? body.generationConfig : {};
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null));
  return {
    ...Object.fromEntries(routing),
    ...body,
    ...(said.length === 0 ? {} : { generationConfig: { ...Object.fromEntries(said), ...given } }),
  };
}

/** Whatever else a model may read of a request is counted. */
function noteBeyond(raw: Fields, { tools }: GenerateBody, unsaid: Unsaid): void {
  const beyond = Object.entries(raw).filter(([field]) => !bodyFields.has(field) && !owned.has(field));
  if (beyond.length > 0) unsaid.values.push(Object.fromEntries(beyond));
  for (const declaration of declarationsOf(tools)) {
    const { response, responseJsonSchema } = declaration;
    unsaid.values.push(...[response, responseJsonSchema].filter((schema) => schema != null));
    unsaid.beyond(declaration, declarationFields);
  }
}
