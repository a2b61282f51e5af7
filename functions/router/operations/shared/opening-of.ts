import { isRecord } from '../../../formats/shared/is-record.ts';

/** So much of a text tells one conversation from another. Characters, of what instructs the model and of the first turn each. */
export const MAX_OPENING_LENGTH = 16_384;

/**
 * What stays the same through a conversation: what instructs the model, and what its user said first; whatever the format of the
 * request. Empty where the user has said nothing that is text. It quotes the request: for a hash alone.
 */
export function openingOf(body: unknown): string[] {
  if (!isRecord(body)) return [];
  const turns = [body.messages, body.input, body.contents].find((each) => each !== undefined);
  const list = Array.isArray(turns) ? turns : [{ role: 'user', content: turns }];
  const first = list.findIndex((turn) => isRecord(turn) && turn.role === 'user');
  const said = textOf(list[first]);
  if (said === '') return [];
  return [textOf([body.system, body.instructions, body.systemInstruction, ...list.slice(0, first)]), said];
}

/** The text of a turn, of its content, or of a part of that, as far as it counts. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, MAX_OPENING_LENGTH);
  if (!Array.isArray(value)) return isRecord(value) ? textOf(value.content ?? value.parts ?? value.text) : '';
  let text = '';
  for (const each of value) {
    text += textOf(each);
    if (text.length >= MAX_OPENING_LENGTH) break;
  }
  return text.slice(0, MAX_OPENING_LENGTH);
}
