import type Anthropic from '@anthropic-ai/sdk';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { UpstreamBody } from '../pivot/upstream-format.ts';
import { isRecord } from '../shared/is-record.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { MIN_BUDGET_TOKENS } from '../shared/reasoning.ts';
import type { MessagesRequest } from './parse-request.ts';
import { withoutForeignThoughts } from './relay-thoughts.ts';
import { ANTHROPIC_VERSION } from './to-request.ts';
import { hasLostThinking } from './to-thinking.ts';
import { withoutBetas } from './without-betas.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Above this a context is long, and asked for by a beta. Tokens. */
const ORDINARY_CONTEXT = 200_000;

/**
 * Whether an endpoint that speaks the format can be asked. One that takes no fields that it may not know gets no beta, so nothing that
 * is needed may hang on one. A long context has to be one that the catalogue has a price for.
 */
export function canRelay({ needed }: MessagesRequest, passOn: Fields, endpoint: Endpoint): boolean {
  if (endpoint.request.unknown === 'drop') return needed === null;
  const wantsLong = /\bcontext-\d+m-/.test(String(passOn['anthropic-beta'] ?? ''));
  return !wantsLong || endpoint.contextLength > ORDINARY_CONTEXT;
}

/**
 * The request as it came, for an endpoint that speaks the format: its order, its unknown fields and its betas. What changes is the
 * model, the limit that is paid for, and thoughts that were sealed for somebody else. An endpoint with `"unknown": "drop"` (Claude on
 * Vertex AI) gets no betas, and nothing of the body that hangs on one.
 */
export function toRelay(
  { body }: MessagesRequest,
  passOn: Fields,
  endpoint: Endpoint,
  maxOutputTokens: number,
  seal: OwnerSeal,
): UpstreamBody {
  const passes = endpoint.request.unknown === 'pass';
  const beta = passes ? passOn['anthropic-beta'] : undefined;
  const sent: Fields = passes ? body : withoutBetas(body, endpoint);
  const { messages, changed } = withoutForeignThoughts(
    sent.messages as readonly Fields[],
    endpoint.reasoning.issuer,
    seal,
  );
  const lost = changed && hasLostThinking(messages as unknown as Anthropic.MessageParam[]);
  const asked = {
    ...sent,
    model: endpoint.upstreamModel,
    max_tokens: maxOutputTokens,
    messages,
    ...withoutOurId(sent),
  };
  const isLowered = maxOutputTokens !== body.max_tokens;
  return {
    headers: {
      'anthropic-version': String(passOn['anthropic-version'] ?? ANTHROPIC_VERSION),
      ...(beta === undefined ? {} : { 'anthropic-beta': String(beta) }),
    },
    body: lost || isLowered ? fitThinking(asked, lost, maxOutputTokens) : asked,
  };
}

/** A client names its last message by our id, which the provider has never heard of: it has nothing to compare with then. */
function withoutOurId({ diagnostics }: Fields): Fields {
  if (!isRecord(diagnostics) || !String(diagnostics.previous_message_id).startsWith('req_')) return {};
  return { diagnostics: { ...diagnostics, previous_message_id: null } };
}

/** A budget that fits below a lower limit; none where it would not, and where the turn that goes on has lost its thoughts. */
function fitThinking(body: Fields, lost: boolean, maxOutputTokens: number): Record<string, unknown> {
  const { thinking } = body;
  if (!isRecord(thinking) || thinking.type !== 'enabled') return { ...body };
  const budget = Math.min(Number(thinking.budget_tokens), maxOutputTokens - 1);
  if (!lost && budget >= MIN_BUDGET_TOKENS) return { ...body, thinking: { ...thinking, budget_tokens: budget } };
  const { thinking: _, ...others } = body;
  return withoutClearing(others);
}

/** Without thinking there is none to clear, and asking for it is refused. */
function withoutClearing(body: Fields): Record<string, unknown> {
  const { context_management: management, ...others } = body;
  if (!isRecord(management) || !Array.isArray(management.edits)) return { ...body };
  const edits = management.edits.filter((edit) => !isRecord(edit) || !String(edit.type).startsWith('clear_thinking'));
  return edits.length === 0 ? others : { ...body, context_management: { ...management, edits } };
}
