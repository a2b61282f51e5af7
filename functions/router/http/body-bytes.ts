const FIRST_BYTES = 64 * 1024;
/** Smaller pieces are not worth a call; those of a pool, which others share, are smaller. */
const LEAST_GIVEN_BACK = 16 * 1024;

/**
 * The bytes of a body as they come. One buffer that grows in place, so that they are never there twice, and however small
 * the pieces are, nothing is kept of each; its memory goes back when it is no longer needed, and not when it is collected.
 * The pieces are its own from then on: theirs goes back as well.
 */
export class BodyBytes {
  length = 0;
  readonly #most: number;
  /** Where all came at once, as most bodies do, it is left where it is. */
  #only: Uint8Array | null = null;
  #buffer: ArrayBuffer | null = null;

  /** `most`: bytes that come at most. */
  constructor(most: number) {
    this.#most = most;
  }

  add(piece: Uint8Array): void {
    const { length } = piece;
    if (length === 0) return;
    if (this.length === 0) this.#only = piece;
    else this.#append(piece);
    this.length += length;
  }

  /** All that came, until `free`. */
  all(): Buffer {
    const { buffer, byteOffset } = this.#only ?? { buffer: this.#buffer ?? new ArrayBuffer(0), byteOffset: 0 };
    return Buffer.from(buffer as ArrayBuffer, byteOffset, this.length);
  }

  free(): void {
    this.#only = null;
    this.#buffer?.resize(0);
    this.#buffer = null;
    this.length = 0;
  }

  #append(piece: Uint8Array): void {
    const first = this.#only;
    const needed = this.length + piece.length;
    this.#buffer ??= new ArrayBuffer(Math.min(this.#most, Math.max(FIRST_BYTES, needed)), {
      maxByteLength: this.#most,
    });
    // What has been added and not been written yet takes no memory.
    if (needed > this.#buffer.byteLength) this.#buffer.resize(Math.min(this.#most, needed * 2));
    if (first !== null) {
      new Uint8Array(this.#buffer).set(first);
      this.#only = null;
      giveBack(first);
    }
    new Uint8Array(this.#buffer, this.length).set(piece);
    giveBack(piece);
  }
}

/**
 * Empties a piece that nobody needs any more, where its memory is of nothing else. The collector comes for what is outside of its
 * heap when it has to: by then half of a large body is there twice.
 */
function giveBack({ buffer, length }: Uint8Array): void {
  if (length < LEAST_GIVEN_BACK || length !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0);
}
