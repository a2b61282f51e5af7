import { z } from 'zod';
import { type ChatRequest, type ReasoningDetail, reasoningDetail } from '../pivot/chat-request.ts';
import { mendDetails } from '../pivot/mend-details.ts';
import { sealReasoning } from '../responses/item-seals.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { openDetails, SEALED } from '../shared/sealed-details.ts';

/** Who signed what no seal of ours is on. */
export const NATIVE = 'google-gemini-v1';
/** What stands before a seal, so that it is told from Google's signatures, and what that looks like in base64. */
const MARK = 'mesh.';
const MARKED = Buffer.from(`${MARK}s`).toString('base64');

/**
 * What the model thought, as `thoughtSignature`: Google's own signature as it is, or whatever another issuer needs to take its
 * thoughts back, sealed. The field is bytes, which some clients decode and write again. Null where there is nothing to carry.
 */
export function toSignature(details: readonly ReasoningDetail[], seal: OwnerSeal): string | null {
  const native = details.find((detail) => detail.type === 'reasoning.encrypted' && detail.format === NATIVE);
  if (native?.type === 'reasoning.encrypted') return native.data;
  const mended = mendDetails(details);
  const whole = details.length === 0 ? [] : sealedDetails.parse(mended);
  const named = whole.some(({ format }) => format != null);
  const token = sealReasoning(named ? whole : whole.map((detail) => ({ ...detail, format: 'unknown' })), seal);
  return token === null ? null : Buffer.from(MARK + token).toString('base64');
}

/** Whether a signature was made here, and not by Google. */
export function isSealed(signature: unknown): signature is string {
  return typeof signature === 'string' && signature.startsWith(MARKED);
}

/** What was signed, at its place among the parts of its turn. `callId`: of the call that it came with. */
export function signedDetail(signature: string, index: number, callId: string | null = null): ReasoningDetail {
  const own = callId === null ? {} : { id: callId };
  if (isSealed(signature)) return { type: 'reasoning.encrypted', data: signature, format: SEALED, index };
  return { type: 'reasoning.encrypted', data: signature, format: NATIVE, index, ...own };
}

/** The same conversation, in which what was sealed for an issuer is open, and what was sealed otherwise is gone; null: for any. */
export function openThoughts(chat: ChatRequest, issuer: string | null, seal: OwnerSeal): ChatRequest {
  return openDetails(chat, (detail) => (detail.type === 'reasoning.encrypted' ? open(detail.data, issuer, seal) : []));
}

const sealedDetails = z.array(reasoningDetail);

/** None where it was sealed for another issuer, for another owner, by nobody, or by another part of us. */
function open(signature: string, issuer: string | null, seal: OwnerSeal): ReasoningDetail[] {
  const token = Buffer.from(signature, 'base64').toString('latin1').slice(MARK.length);
  const opened = seal.open('reasoning', token);
  if (opened === null || ![null, opened.issuer].includes(issuer)) return [];
  try {
    return sealedDetails.safeParse(JSON.parse(opened.text)).data ?? [];
  } catch {
    return [];
  }
}
