import { z } from 'zod';
import { type ReasoningDetail, reasoningDetail } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { textOf } from '../shared/text-of.ts';

type Worded = Exclude<ReasoningDetail, { type: 'reasoning.encrypted' }>;

/** A thought as a client carries it. */
export type ThoughtBlock =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string };

/**
 * One thought of an answer, which becomes one block: a text, and what its issuer needs to take it back. That travels in the
 * block's signature, sealed.
 */
export class Thought {
  #text: Worded;
  readonly #others: ReasoningDetail[] = [];
  readonly #shows: boolean;

  /** `shows`: whether the client gets to see the text. If not, that is sealed too. */
  constructor(first: Worded, shows: boolean) {
    this.#text = first;
    this.#shows = shows;
  }

  /** Takes in what belongs to it, more of its text or what seals it; false for what does not. */
  add(detail: ReasoningDetail): boolean {
    const text = this.#text;
    if (!isEqual(detail.format, text.format)) return false;
    if (detail.type === 'reasoning.encrypted') {
      if (!isNamed(detail.id, text.id) && !isNamed(detail.index, text.index)) return false;
      this.#others.push(detail);
      return true;
    }
    const isSigned = text.type === 'reasoning.text' && Boolean(text.signature);
    if (detail.type !== text.type || isSigned) return false;
    if (!isEqual(detail.index, text.index) || !isEqual(detail.id, text.id)) return false;
    this.#text = withText({ ...text, ...detail }, wordsOfThought(text) + wordsOfThought(detail));
    return true;
  }

  /** The signature of its block. */
  seal(seal: OwnerSeal): string {
    const shown = this.#shows ? wordsOfThought(this.#text).length : null;
    const text = this.#shows ? withText(this.#text, '') : this.#text;
    return sealDetails([text, ...this.#others], shown, seal);
  }

  /** All of it at once. */
  block(seal: OwnerSeal): ThoughtBlock {
    return { type: 'thinking', thinking: this.#shows ? wordsOfThought(this.#text) : '', signature: this.seal(seal) };
  }
}

/** What nobody can read, as a block of its own. */
export function sealedBlock(detail: ReasoningDetail, seal: OwnerSeal): ThoughtBlock {
  return { type: 'redacted_thinking', data: sealDetails([detail], null, seal) };
}

/** The readable part of a detail. */
export function wordsOfThought(detail: Worded): string {
  return (detail.type === 'reasoning.text' ? detail.text : detail.summary) ?? '';
}

/** Whether it was sealed by us, and not signed by a provider. */
export function isSealedThought(block: unknown): block is ThoughtBlock {
  if (!isRecord(block)) return false;
  if (block.type === 'thinking') return textOf(block.signature).startsWith(MARK);
  return block.type === 'redacted_thinking' && textOf(block.data).startsWith(MARK);
}

/**
 * What was sealed in a block of an earlier turn, for its issuer, or null: for any. Null where it was sealed for another, for another owner, by
 * nobody, or beside another text than the client was shown.
 */
export function openThought(block: ThoughtBlock, issuer: string | null, seal: OwnerSeal): ReasoningDetail[] | null {
  const signed = block.type === 'thinking' ? block.signature : block.data;
  const opened = signed.startsWith(MARK) ? seal.open('reasoning', signed.slice(MARK.length)) : null;
  const sealed = opened !== null && [null, opened.issuer].includes(issuer) ? read(opened.text) : null;
  if (sealed === null) return null;
  const { details, shown } = sealed;
  if (shown === null) return details;
  const words = block.type === 'thinking' ? block.thinking : '';
  const [first, ...others] = details;
  if (first === undefined || first.type === 'reasoning.encrypted' || words.length !== shown) return null;
  return [withText(first, words), ...others];
}

/** What is sealed. The text of the first detail is left out where it was shown: then its length says which one it was. */
const contents = z.object({ details: z.array(reasoningDetail), shown: z.int().nullable() });
type Contents = z.infer<typeof contents>;

/** Null for what another part of us has sealed. */
function read(json: string): Contents | null {
  try {
    return contents.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}

/** What begins a signature of ours: no provider's has a dot. */
const MARK = 'mesh.';
const NOTHING: Contents = { details: [], shown: null };

function sealDetails(details: ReasoningDetail[], shown: number | null, seal: OwnerSeal): string {
  const sealed = (what: Contents) => seal.seal('reasoning', details[0]?.format ?? 'unknown', JSON.stringify(what));
  // What is too long is not carried: the next turn goes on without it.
  return `${MARK}${sealed({ details, shown }) ?? sealed(NOTHING)}`;
}

function withText(detail: Worded, text: string): Worded {
  return detail.type === 'reasoning.text' ? { ...detail, text } : { ...detail, summary: text };
}

function isEqual(a: unknown, b: unknown): boolean {
  return (a ?? null) === (b ?? null);
}

function isNamed(a: unknown, b: unknown): boolean {
  return a != null && a === b;
}
