import { MeshError } from '../../core/errors.ts';
import { fitArguments } from '../fit/call-arguments.ts';
import type { ChatCompletion, CompletionMessage } from '../pivot/chat-completion.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';
import type { AnswerBill } from '../shared/answer.ts';
import { parseExactJson } from '../shared/exact-json.ts';
import { interleave } from '../shared/interleave.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { encodeStop } from './encode-stop.ts';
import { encodeUsage } from './encode-usage.ts';
import { EncodedCallIds } from './encoded-call-ids.ts';
import { sealedBlock, Thought } from './thoughts.ts';

/** A block, or the place of one that is said in another. */
type Block = { type: string } | null;

/** A whole answer as Anthropic's message. `shows`: whether the client wants to see what the model thinks; `stops`: its stop sequences. */
export function encodeMessage(
  { choices: [choice] }: ChatCompletion,
  { id, model }: { id: string; model: string },
  { usage, usd, mesh }: AnswerBill,
  shows: boolean,
  seal: OwnerSeal,
  stops: readonly string[] = [],
): string {
  if (choice === undefined)
    throw new MeshError('upstream_error', { message: 'The provider sent a reply without an answer.' });
  return JSON.stringify({
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: encodeContent(choice.message, shows, seal),
    ...encodeStop(choice, stops),
    usage: encodeUsage(usage),
    cost: usd,
    mesh,
  });
}

function encodeContent(message: CompletionMessage, shows: boolean, seal: OwnerSeal): Block[] {
  const ids = new EncodedCallIds();
  const calls = (message.tool_calls ?? []).map((call) => ({
    type: 'tool_use',
    id: ids.of(call.id),
    name: call.function.name,
    input: parseExactJson(fitArguments(call.function.arguments)),
  }));
  const texts = [message.content, message.refusal].flatMap((text) => (text ? [{ type: 'text', text }] : []));
  const renamed = detailsOf(message).map((detail) =>
    detail.type === 'reasoning.encrypted' && detail.id != null && detail.format === 'google-gemini-v1'
      ? { ...detail, id: ids.of(detail.id) }
      : detail,
  );
  return interleave<Block>(toBlocks(renamed, shows, seal), [...texts, ...calls]).filter((block) => block !== null);
}

function detailsOf({ reasoning, reasoning_details }: CompletionMessage): ReasoningDetail[] {
  if (reasoning_details !== undefined) return reasoning_details;
  return reasoning ? [{ type: 'reasoning.text', text: reasoning }] : [];
}

/** Each position that a thought's details took is held, so that those of the others stay right. */
function toBlocks(
  details: readonly ReasoningDetail[],
  shows: boolean,
  seal: OwnerSeal,
): { index: number | null; part: Block }[] {
  const placed: { index: number | null; thought: Thought | null; part: Block }[] = [];
  for (const detail of details) {
    const last = placed.findLast(({ thought }) => thought !== null)?.thought;
    const index = detail.index ?? null;
    if (last?.add(detail)) {
      if (!placed.some((each) => each.index === index)) placed.push({ index, thought: null, part: null });
    } else if (detail.type === 'reasoning.encrypted') {
      placed.push({ index, thought: null, part: sealedBlock(detail, seal) });
    } else {
      placed.push({ index, thought: new Thought(detail, shows), part: null });
    }
  }
  return placed.map(({ index, thought, part }) => ({ index, part: thought?.block(seal) ?? part }));
}
