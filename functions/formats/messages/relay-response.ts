import { concealInAnswer } from '../../core/credentials.ts';
import { MeshError } from '../../core/errors.ts';
import type { AnswerBill } from '../shared/answer.ts';
import type { WholeFacts, WholePiece } from '../shared/facts.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseReply } from '../shared/parse-reply.ts';
import { encodeUsage } from './encode-usage.ts';
import { finishReasonOf } from './finish-reason-of.ts';
import { textsOfBlock } from './relay-decoder.ts';
import { failureOf } from './relay-failure.ts';
import { toUsage } from './to-usage.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A whole message as it came. Throws what it says went wrong, and `upstream_error` for what is no message. */
export function readMessage(text: string): WholePiece<Fields> {
  const body = parseReply(text);
  const failed = isRecord(body) ? failureOf(body) : null;
  if (failed !== null) throw failed;
  if (!isRecord(body) || !Array.isArray(body.content)) {
    throw new MeshError('upstream_error', { message: 'The provider sent a reply that is no message.' });
  }
  return { whole: concealInAnswer(body), facts: factsOf(body.content.filter(isRecord), body) };
}

/** The message with our own id, its model's public name, what it cost, and our counts where it has none. */
export function encodeRelayed(message: Fields, { id, model }: { id: string; model: string }, bill: AnswerBill): string {
  const usage = isRecord(message.usage) ? {} : { usage: encodeUsage(bill.usage) };
  return JSON.stringify({ ...message, id, model, ...usage, cost: bill.usd, mesh: bill.mesh });
}

function factsOf(blocks: readonly Fields[], { usage, stop_reason }: Fields): WholeFacts {
  return {
    texts: blocks.flatMap(textsOfBlock),
    marks: 1 + blocks.filter(({ type }) => type === 'tool_use').length,
    usage: toUsage(usage),
    finishReason: finishReasonOf(stop_reason),
  };
}
