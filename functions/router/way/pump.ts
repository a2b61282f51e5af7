import { MeshError } from '../../core/errors.ts';
import type { Piece } from '../../formats/shared/facts.ts';
import type { Tally } from './delivery.ts';
import type { OpenStream } from './open-stream.ts';
import type { OutputStream } from './output.ts';
import type { SpendMeter } from './spend-meter.ts';

export interface PumpOptions<Frame> {
  out: Pick<OutputStream, 'write'>;
  encode(frames: readonly Frame[]): string;
  /** Gets what passes. */
  tally: Tally;
  /** Null where all of the stream is paid for. */
  meter: SpendMeter | null;
  monotonic(): number;
  /** How long a stream may say nothing but bookkeeping. Milliseconds. */
  progressMs: number;
}

/**
 * Passes one stream on as it comes, one write for each read, as far as it is paid for. Waits for nothing but what it has to
 * wait for: the upstream's next bytes, a client that takes less than it gets, money that the hold has to grow by.
 */
export class Pump<Frame> {
  /** For how long the client kept the upstream waiting. Milliseconds. */
  clientMs = 0;
  /** Frames that may leave only when the charge is posted. */
  readonly held: Frame[] = [];
  readonly #options: PumpOptions<Frame>;
  #progressAt: number;
  #ended = false;

  constructor(options: PumpOptions<Frame>) {
    this.#options = options;
    this.#progressAt = options.monotonic();
  }

  /** Resolves at the stream's end, with false where its money ended before. Throws what broke it, or that its client has gone. */
  async run({ reply, decoder, first }: Omit<OpenStream<Frame>, 'candidate'>): Promise<boolean> {
    const { monotonic, progressMs } = this.#options;
    if (!(await this.#pass(first))) return false;
    while (!this.#ended) {
      const bytes = await reply.read();
      if (bytes === null) return this.#pass(decoder.end());
      const pieces = decoder.push(bytes);
      if (pieces.length > 0) {
        const outcome = this.#pass(pieces);
        if (outcome !== true && !(await outcome)) return false;
      } else if (monotonic() - this.#progressAt > progressMs) {
        throw new MeshError('gateway_timeout', { providerCode: 'progress_timeout' });
      }
    }
    return true;
  }

  #pass(pieces: readonly Piece<Frame>[]): true | Promise<boolean> {
    const { meter } = this.#options;
    const covered = meter === null || meter.cover(pieces);
    if (covered === true) return this.#forward(pieces)?.then(() => true) ?? true;
    return Promise.resolve(covered).then(async (grown) => {
      if (!grown) return this.#passPart(pieces);
      await this.#forward(pieces);
      return true;
    });
  }

  /** As much of what came at once as is paid for. */
  async #passPart(pieces: readonly Piece<Frame>[]): Promise<boolean> {
    const { meter } = this.#options;
    for (const piece of pieces) {
      if (meter !== null && !(await meter.cover([piece]))) return false;
      await this.#forward([piece]);
    }
    return true;
  }

  #forward(pieces: readonly Piece<Frame>[]): void | Promise<void> {
    const { tally, monotonic, encode, out } = this.#options;
    const frames: Frame[] = [];
    for (const { frame, facts } of pieces) {
      tally.add(facts);
      if (facts.last) this.#ended = true;
      if (frame === null) continue;
      const waits = facts.held || this.held.length > 0;
      (waits ? this.held : frames).push(frame);
    }
    const writtenAt = monotonic();
    this.#progressAt = writtenAt;
    return out.write(encode(frames))?.then(() => {
      this.#progressAt = monotonic();
      this.clientMs += this.#progressAt - writtenAt;
    });
  }
}
