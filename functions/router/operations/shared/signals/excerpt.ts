import type { ChatRequest, UserMessage } from '../../../../formats/pivot/chat-request.ts';

/** Characters that are looked at of a request, however long it is. */
export const EXCERPT_CHARACTERS = 16_384;
/** Characters at either end of what the user wrote last, where people say what they want; between them may be a document. */
export const TASK_CHARACTERS = 1_000;

/** What of a request is looked at to see what kind of request it is. */
export interface Excerpt {
  /** Of the last message of the user, and what room is left of the instructions of the system. */
  text: string;
  /** Where the task is told. */
  task: string;
}

/** The last message of the user first, its last part first, then the system's; of what is too long both ends. */
export function takeExcerpt({ messages }: ChatRequest): Excerpt {
  const user = messages.findLast((message) => message.role === 'user');
  const system = messages.find(({ role }) => role === 'system' || role === 'developer');
  const asked = user === undefined ? '' : bothEnds(textsOf(user.content), EXCERPT_CHARACTERS);
  const instructed =
    system === undefined ? '' : bothEnds(textsOf(system.content ?? ''), EXCERPT_CHARACTERS - asked.length);
  return {
    text: instructed === '' ? asked : `${asked}\n${instructed}`,
    task: bothEnds([asked === '' ? instructed : asked], 2 * TASK_CHARACTERS),
  };
}

function textsOf(content: UserMessage['content'] | { type: string }[] | string): string[] {
  if (typeof content === 'string') return [content];
  return content.flatMap((part) => ('text' in part && typeof part.text === 'string' ? [part.text] : []));
}

/** At most so many characters of texts that are too long: of the last ones first, and of the one that does not fit both ends. */
function bothEnds(texts: readonly string[], characters: number): string {
  const taken: string[] = [];
  let left = characters;
  for (const text of texts.toReversed()) {
    if (left <= 0) break;
    const half = Math.floor(left / 2);
    taken.unshift(text.length <= left ? text : `${text.slice(0, half)}\n${text.slice(text.length - half)}`);
    left -= text.length;
  }
  return taken.join('\n');
}
