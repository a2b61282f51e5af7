import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatCompletion, ChunkChoice, CompletionChoice, CompletionMessage } from '../pivot/chat-completion.ts';
import { CallIds } from '../shared/call-ids.ts';
import { plainEnd } from '../shared/finish-reason.ts';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';
import { CandidateReader } from './candidate-reader.ts';
import { failureInBody } from './failure.ts';
import { joinDetails } from './join-details.ts';
import { toPromptRefusal } from './to-refusal.ts';
import { toUsage } from './to-usage.ts';

type Fields = Record<string, unknown>;

/** A whole response as a chat completion. Throws `upstream_error` for a body without an answer. */
export function fromResponse(body: unknown, endpoint: Endpoint): ChatCompletion {
  const failed = failureInBody(body);
  if (failed !== null) throw failed;
  if (!isRecord(body)) throw garbage();
  return {
    id: textOf(body.responseId),
    object: 'chat.completion',
    created: 0,
    model: textOf(body.modelVersion),
    choices: toChoices(body, endpoint),
    usage: toUsage(body.usageMetadata),
  };
}

function toChoices(body: Fields, endpoint: Endpoint): CompletionChoice[] {
  const candidates = Array.isArray(body.candidates) ? body.candidates.filter(isRecord) : [];
  if (candidates.length === 0) return [toBlockedChoice(body.promptFeedback)];
  const ids = new CallIds();
  return candidates
    .map((candidate) => {
      const index = typeof candidate.index === 'number' ? candidate.index : 0;
      const reader = new CandidateReader(index, endpoint.reasoning.issuer, ids);
      return toChoice(index, reader.read(candidate, body.responseId));
    })
    .sort((a, b) => a.index - b.index);
}

function toBlockedChoice(feedback: unknown): CompletionChoice {
  const { blockReason, blockReasonMessage } = isRecord(feedback) ? feedback : {};
  const refusal = toPromptRefusal(blockReason, blockReasonMessage);
  if (refusal === null) throw garbage();
  return toChoice(0, [{ index: 0, delta: { refusal }, finish_reason: 'content_filter' }]);
}

/** What the pieces of a candidate are together. One that gives no reason has stopped by itself: the reply is whole. */
function toChoice(index: number, pieces: readonly ChunkChoice[]): CompletionChoice {
  const message = toMessage(pieces);
  const finish = pieces.find((piece) => piece.finish_reason !== null)?.finish_reason;
  return {
    index,
    message,
    finish_reason: finish ?? plainEnd(message.tool_calls !== undefined),
    logprobs: pieces.find((piece) => piece.logprobs)?.logprobs ?? null,
  };
}

function toMessage(pieces: readonly ChunkChoice[]): CompletionMessage {
  const deltas = pieces.map((piece) => piece.delta);
  const content = deltas.map((delta) => delta.content ?? '').join('');
  const reasoning = deltas.map((delta) => delta.reasoning ?? '').join('');
  const details = joinDetails(deltas.flatMap((delta) => delta.reasoning_details ?? []));
  const annotations = deltas.flatMap((delta) => delta.annotations ?? []);
  const calls = deltas
    .flatMap((delta) => delta.tool_calls ?? [])
    .map(({ id = '', function: called, thought_signature, extra_content }) => ({
      id,
      type: 'function' as const,
      function: { name: called.name ?? '', arguments: called.arguments ?? '' },
      ...(thought_signature ? { thought_signature } : {}),
      ...(extra_content ? { extra_content } : {}),
    }));
  const extra = deltas.find((delta) => delta.extra_content)?.extra_content;
  return {
    role: 'assistant',
    content: content === '' ? null : content,
    refusal: deltas.find((delta) => delta.refusal)?.refusal ?? null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(reasoning === '' ? {} : { reasoning }),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
    ...(extra === undefined ? {} : { extra_content: extra }),
  };
}

function garbage(): MeshError {
  return new MeshError('upstream_error', { message: 'The provider sent a reply without an answer.' });
}
