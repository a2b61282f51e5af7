import type { ImagePart, TextPart, ToolMessage, UserPart } from '../pivot/chat-request.ts';

/** The parts of a call's result: those that a result may have in every format, and what is said beside it. */
export interface ResultParts {
  told: (TextPart | ImagePart)[];
  beside: UserPart[];
}

/** Files and sounds have a place in a result in few formats. They are said by the user next, with words that tell whose they are. */
export function splitResult(callId: ToolMessage['tool_call_id'], parts: readonly UserPart[]): ResultParts {
  const told: ResultParts['told'] = [];
  const others: UserPart[] = [];
  for (const part of parts) {
    if (part.type === 'text' || part.type === 'image_url') told.push(part);
    else others.push(part);
  }
  const beside: UserPart[] =
    others.length === 0 ? [] : [{ type: 'text', text: `Files returned by call ${callId}:` }, ...others];
  return { told, beside };
}
