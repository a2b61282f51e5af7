import type { Usage } from '../../core/money/usage.ts';

/** What the way of a request needs to know of a piece of an answer, whatever its format. */
export interface Facts {
  /** What is billed and can be read: it is metered and counted. */
  readonly texts: readonly string[];
  /** Names of calls and ends of choices: each comes with tokens of the provider's own marks. */
  readonly marks: number;
  /** The provider's report. Cumulative: a later one replaces an earlier one. Null where this piece has none. */
  readonly usage: Usage | null;
  /** Whether the answer has begun: text, a call, reasoning, an end. From here on no other endpoint is tried. */
  readonly token: boolean;
  /** Whether the provider has finished, so that its report is of all that it bills. */
  readonly finished: boolean;
  /** Why a choice of it ended, in OpenAI's words. Absent where none did. */
  readonly finishReason?: string | null | undefined;
  /** Whether nothing more will come, whatever the connection does. */
  readonly last: boolean;
  /** Whether what counts has come: the connection's end is waited for, but not long. Absent for no. */
  readonly closing?: boolean;
  /** Whether it may leave only when the charge is posted. What follows it waits too, and the stream's end is not waited for long. */
  readonly held: boolean;
}

/** A piece of an answer. `frame` is what its encoder reads; null for bookkeeping that no client sees. */
export interface Piece<Frame> {
  readonly frame: Frame | null;
  readonly facts: Facts;
}

/**
 * Bytes in, pieces out; the bytes may be cut anywhere. `push` throws a `MeshError` for an error event or for garbage. `end`
 * is called once, after the last byte or the last piece, and throws `upstream_truncated` where no finish was seen.
 */
export interface Decoder<Frame> {
  push(bytes: Uint8Array): Piece<Frame>[];
  end(): Piece<Frame>[];
}

/** What a whole answer was billed by: the facts that a piece of a stream has of itself, all at once. */
export type WholeFacts = Pick<Facts, 'texts' | 'marks' | 'usage' | 'finishReason'>;

/** A whole answer, and what it was billed by. */
export interface WholePiece<Whole> {
  readonly whole: Whole;
  readonly facts: WholeFacts;
}
