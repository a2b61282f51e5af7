import { type ReasoningDetail, reasoningDetail } from '../pivot/chat-request.ts';
import type { Seal } from '../shared/seal.ts';

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
  seal(seal: Seal): string {
    const shown = this.#shows ? wordsOfThought(this.#text).length : null;
    const text = this.#shows ? withText(this.#text, '') : this.#text;
    return sealDetails([text, ...this.#others], shown, seal);
  }

  /** All of it at once. */
  block(seal: Seal): ThoughtBlock {
    return { type: 'thinking', thinking: this.#shows ? wordsOfThought(this.#text) : '', signature: this.seal(seal) };
  }
}

/** What nobody can read, as a block of its own. */
export function sealedBlock(detail: ReasoningDetail, seal: Seal): ThoughtBlock {
  return { type: 'redacted_thinking', data: sealDetails([detail], null, seal) };
}

/** The readable part of a detail. */
export function wordsOfThought(detail: Worded): string {
  return (detail.type === 'reasoning.text' ? detail.text : detail.summary) ?? '';
}

/**
 * What was sealed in a block of an earlier turn, for its issuer; null where it was sealed for another, for another owner, by
 * nobody, or beside another text than the client was shown.
 */
export function openThought(block: ThoughtBlock, issuer: string, seal: Seal): ReasoningDetail[] | null {
  const json = seal.open(block.type === 'thinking' ? block.signature : block.data, issuer);
  if (json === null) return null;
  const { details, shown } = JSON.parse(json) as Contents;
  if (shown === null) return details.map((detail) => reasoningDetail.parse(detail));
  const words = block.type === 'thinking' ? block.thinking : '';
  const [first, ...others] = details;
  if (first === undefined || first.type === 'reasoning.encrypted' || words.length !== shown) return null;
  return [withText(first, words), ...others];
}

interface Contents {
  /** The text of the first one is left out where it was shown. */
  details: ReasoningDetail[];
  /** How long the text is that was shown; null for none. */
  shown: number | null;
}

function sealDetails(details: ReasoningDetail[], shown: number | null, seal: Seal): string {
  return seal.seal(JSON.stringify({ details, shown } satisfies Contents), details[0]?.format ?? 'unknown');
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
