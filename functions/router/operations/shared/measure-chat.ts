import { boundTokens, estimateTokens } from '../../../core/money/tokens.ts';
import type { InputMeasure } from '../../../core/routing/quote.ts';
import type { ChatMessage, ChatRequest } from '../../../formats/pivot/chat-request.ts';

/** Likely tokens of one image, for estimates; the providers' rules start near this for a picture of ordinary size. */
const TYPICAL_IMAGE_TOKENS = 1_000;
/** Likely tokens of the template around one message or tool. */
const TYPICAL_PIECE_TOKENS = 4;

/** Measures what a request puts into a model's context, for the quote and for estimates. */
export function measureChat(chat: ChatRequest): InputMeasure {
  const measure: InputMeasure = { textBytes: 0, estimatedTokens: 0, pieces: 0, images: 0, opaque: false };
  const add = (text: string | null | undefined) => {
    if (!text) return;
    measure.textBytes += boundTokens(text);
    measure.estimatedTokens += estimateTokens(text);
  };
  const piece = () => {
    measure.pieces++;
    measure.estimatedTokens += TYPICAL_PIECE_TOKENS;
  };
  for (const message of chat.messages) {
    piece();
    measureMessage(message, measure, add);
  }
  for (const tool of chat.tools ?? []) {
    piece();
    add(JSON.stringify(tool.function));
  }
  if (chat.response_format?.type === 'json_schema') add(JSON.stringify(chat.response_format.json_schema));
  measure.estimatedTokens += measure.images * TYPICAL_IMAGE_TOKENS;
  return measure;
}

function measureMessage(message: ChatMessage, measure: InputMeasure, add: (text: string | null | undefined) => void) {
  if ('name' in message) add(message.name);
  if (typeof message.content === 'string') {
    add(message.content);
  } else {
    for (const part of message.content ?? []) {
      measure.pieces++;
      if (part.type === 'text') add(part.text);
      else if (part.type === 'refusal') add(part.refusal);
      else if (part.type === 'image_url') measure.images++;
      else measure.opaque = true;
    }
  }
  if (message.role === 'tool') add(message.tool_call_id);
  if (message.role !== 'assistant') return;
  add(message.refusal);
  add(message.reasoning ?? message.reasoning_content);
  for (const detail of message.reasoning_details ?? []) {
    // Signatures and encrypted reasoning stand for thoughts that some providers bill as input: at most a token a byte.
    add(detail.type === 'reasoning.text' ? `${detail.text ?? ''}${detail.signature ?? ''}` : undefined);
    add(detail.type === 'reasoning.summary' ? detail.summary : undefined);
    add(detail.type === 'reasoning.encrypted' ? detail.data : undefined);
  }
  for (const call of message.tool_calls ?? []) {
    measure.pieces++;
    add(call.id);
    add(call.function.name);
    add(call.function.arguments);
  }
}
