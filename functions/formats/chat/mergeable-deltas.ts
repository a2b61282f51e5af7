import type { ChunkDelta } from '../pivot/chat-completion.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';
import { detailId } from '../pivot/detail-id.ts';

type Annotations = NonNullable<ChunkDelta['annotations']>;

/** A detail that is under way. */
interface OpenDetail {
  index: number;
  id: string | null;
  format: string | null;
  isSigned: boolean;
}

/** `after`: how many sealed details come before it, so that it shows where a client has lost one of them. */
type MarkedDetail = ReasoningDetail & { after?: number };

/**
 * Makes the deltas of one choice such that what OpenAI's own helpers make of them can be sent back. Python's `stream()` joins
 * the strings of list entries with one `index`, whatever they mean, and fails on entries without: so a detail has an index of
 * its own, and says its `format` and `id` once. Node's keeps the last list alone: from there a signature comes back without its
 * text and format, and details say how many are `after` which they come. Both can only take annotations that come at once.
 */
export class MergeableDeltas {
  readonly #details = new Map<string, OpenDetail>();
  readonly #taken = new Set<number>();
  readonly #annotations: Annotations = [];
  /** Details so far that the issuer has to get back: signed or encrypted. */
  #sealed = 0;

  of(delta: ChunkDelta, isLast: boolean): ChunkDelta {
    const { reasoning_details, annotations } = delta;
    if (annotations !== undefined) this.#annotations.push(...annotations);
    const due = isLast ? this.#annotations.splice(0) : [];
    const made: ChunkDelta = { ...delta };
    if (reasoning_details !== undefined)
      made.reasoning_details = reasoning_details.map((detail) => this.#piece(detail));
    if (due.length > 0) made.annotations = due;
    else if (annotations !== undefined) delete made.annotations;
    return made;
  }

  #piece(detail: ReasoningDetail): MarkedDetail {
    const key = `${detail.type}/${detail.index ?? ''}`;
    const known = this.#details.get(key);
    const isSigned = detail.type === 'reasoning.text' && Boolean(detail.signature);
    const continued = known !== undefined && continues(known, detail) ? known : null;
    const piece = continued === null ? this.#begin(detail, key, isSigned) : unnamed(detail, continued.index);
    if (continued !== null) continued.isSigned = isSigned;
    if (isSigned || (continued === null && detail.type === 'reasoning.encrypted')) this.#sealed++;
    return piece;
  }

  #begin(detail: ReasoningDetail, key: string, isSigned: boolean): MarkedDetail {
    const { id, format, index: place } = detail;
    const index = this.#take(place);
    this.#details.set(key, { index, id: id ?? null, format: format ?? null, isSigned });
    // What is encrypted comes whole, and an id would say what it is of.
    const named = id == null && format != null && detail.type !== 'reasoning.encrypted';
    return {
      ...detail,
      ...(named ? { id: detailId(format, index) } : {}),
      index,
      ...(this.#sealed > 0 ? { after: this.#sealed } : {}),
    };
  }

  #take(place: number | undefined): number {
    const index = place === undefined || this.#taken.has(place) ? Math.max(-1, ...this.#taken) + 1 : place;
    this.#taken.add(index);
    return index;
  }
}

/** Nothing follows a signature, and pieces of one detail do not differ in what they are named. */
function continues(known: OpenDetail, { id, format }: ReasoningDetail): boolean {
  return !known.isSigned && (id ?? known.id) === known.id && (format ?? known.format) === known.format;
}

/** A piece without what its detail is named. Nearly all are plain text, and are made in the quick way. */
function unnamed(detail: ReasoningDetail, index: number): ReasoningDetail {
  if (detail.type === 'reasoning.text' && !detail.signature) return { type: detail.type, text: detail.text, index };
  const { id: _id, format: _format, ...said } = detail;
  return { ...said, index };
}
