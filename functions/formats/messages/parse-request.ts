import { z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import type { ChatMessage, ChatRequest } from '../pivot/chat-request.ts';
import { bodyChecker } from '../shared/check-body.ts';
import { isRecord } from '../shared/is-record.ts';
import { invalid } from '../shared/refusals.ts';
import { Unsaid } from '../shared/unsaid.ts';
import { isAnthropicsTool, refuseCostly } from './costly-fields.ts';
import {
  countTokensSchema,
  type MessagesBody,
  messageParam,
  messagesOf,
  messagesRequestSchema,
  routerOwned,
} from './messages-request.ts';
import type { Place } from './own-param.ts';
import { parseMessages, parseSystem, SYSTEM } from './parse-messages.ts';
import { parseOutput } from './parse-output.ts';
import { parseTools } from './parse-tools.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A request in Anthropic's form. */
export interface MessagesRequest {
  /** As other formats are told it. */
  chat: ChatRequest;
  /** Where each message of that was said. */
  places: readonly Place[];
  /** As it came, for endpoints that speak the format, but for what was said to the router. Never changed. */
  body: MessagesBody;
  /** Path of the first thing that only this format has, and that cannot be left out; null where all of it can be translated. */
  needed: string | null;
  /** What of `body` is not in `chat`, but is read by a model that gets it. */
  unsaid: readonly unknown[];
}

const messages = { list: 'messages', anyList: messagesOf(z.unknown()), entry: messageParam } as const;
const checkRequest = bodyChecker({ ...messages, body: messagesRequestSchema });
const checkCountRequest = bodyChecker({ ...messages, body: countTokensSchema });

/**
 * Reads the body of `POST /v1/messages`, message by message. `defaults` (the key's own) stand where the caller said nothing, as far as they are fields
 * of this request. Throws `invalid_request_error` with the path of the first mistake; no message quotes a value.
 */
export function parseMessagesRequest(body: unknown, defaults: Fields = {}): Generator<void, MessagesRequest> {
  return parse(body, defaults, checkRequest);
}

/** The same of `POST /v1/messages/count_tokens`, where nothing says how long the answer may be. */
export function parseCountRequest(body: unknown, defaults: Fields = {}): Generator<void, MessagesRequest> {
  return parse(body, defaults, checkCountRequest);
}

function* parse(
  given: unknown,
  defaults: Fields,
  check: (body: Fields) => Generator<void, MessagesBody>,
): Generator<void, MessagesRequest> {
  if (!isRecord(given)) throw new MeshError('invalid_request_error', { message: 'The body must be a JSON object.' });
  const own = Object.entries(defaults).filter(([field]) => field in messagesRequestSchema.shape);
  const raw = { ...Object.fromEntries(own), ...given };
  refuseCostly(raw);
  const checked = yield* check(raw);
  const unsaid = new Unsaid();
  const placed = parseSystem(checked.system, unsaid);
  for (const each of yield* parseMessages(checked.messages, unsaid)) placed.push(each);
  const chat = toChat(
    checked,
    placed.map(({ message }) => message),
  );
  if (placed.every(({ param }) => param === SYSTEM) && unsaid.needed === null)
    throw invalid('messages', 'messages: there is nothing to answer.');
  noteTools(checked, unsaid);
  // Not what the schema made of it, where fields have another order.
  const sent = Object.entries(raw).filter(([field]) => !routerOwned.includes(field));
  const beyond = sent.filter(([field]) => !(field in messagesRequestSchema.shape));
  if (beyond.length > 0) unsaid.values.push(Object.fromEntries(beyond));
  return {
    chat,
    places: placed,
    body: Object.fromEntries(sent) as MessagesBody,
    needed: unsaid.needed,
    unsaid: unsaid.values,
  };
}

function toChat(body: MessagesBody, messages: ChatMessage[]): ChatRequest {
  const { models, provider, weight_profile, session_id, timeout } = body;
  const user = body.metadata?.user_id;
  return {
    model: body.model,
    messages,
    ...parseTools(body),
    ...parseOutput(body),
    ...(body.max_tokens == null ? {} : { max_tokens: body.max_tokens }),
    ...(body.stop_sequences?.length ? { stop: body.stop_sequences } : {}),
    ...(user ? { user } : {}),
    temperature: body.temperature,
    top_p: body.top_p,
    top_k: body.top_k,
    stream: body.stream,
    models,
    provider,
    weight_profile,
    session_id,
    timeout,
  };
}

/** Tools in a schema of Anthropic's own are needed; of others what no other format has is only counted. */
function noteTools({ tools }: MessagesBody, unsaid: Unsaid): void {
  for (const [at, tool] of (tools ?? []).entries()) {
    if (isAnthropicsTool(tool)) {
      unsaid.block(tool, `tools.${at}`);
      continue;
    }
    const { type: _type, name: _name, description: _description, input_schema: _schema, ...others } = tool as Fields;
    const { strict: _strict, cache_control: _marker, ...beyond } = others;
    if (Object.keys(beyond).length > 0) unsaid.values.push(beyond);
  }
}
