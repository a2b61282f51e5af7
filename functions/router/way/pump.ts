import { MeshError } from '../../core/errors.ts';
import type { Piece } from '../../formats/shared/facts.ts';
import type { UpstreamReply } from '../../platform/upstream/upstream.ts';
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
  /** Hears of our count of what passed so far. */
  passed?(outputTokens: number): void;
  monotonic(): number;
  /** How long a stream may say nothing but bookkeeping. Milliseconds. */
  progressMs: number;
}

/**
 * How long the end of a connection is waited for whose stream has said all that counts, or has ended its answer while its client
 * waits for the bill. Milliseconds.
 */
export const CLOSING_WAIT_MS = 2_000;
/** The same where its client waits and usage has come: some upstreams report again, and more exactly. Milliseconds. */
export const REPORTED_WAIT_MS = 250;

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
  /** Until when more is waited for; null while it may come at any time. */
  #closesAt: number | null = null;

  constructor(options: PumpOptions<Frame>) {
    this.#options = options;
    this.#progressAt = options.monotonic();
  }

  /** Resolves at the stream's end, with false where its money ended before. Throws what broke it, or that its client has gone. */
  async run({ reply, decoder, first }: Omit<OpenStream<Frame>, 'candidate'>): Promise<boolean> {
    const { monotonic, progressMs } = this.#options;
    if (!(await this.#pass(first))) return false;
    while (!this.#ended) {
      const bytes = await this.#read(reply);
      if (bytes === null) break;
      const pieces = decoder.push(bytes);
      if (pieces.length > 0) {
        const outcome = this.#pass(pieces);
        if (outcome !== true && !(await outcome)) return false;
      } else if (monotonic() - this.#progressAt > progressMs) {
        throw new MeshError('gateway_timeout', { providerCode: 'progress_timeout' });
      }
    }
    return this.#pass(decoder.end());
  }

  async #read(reply: UpstreamReply): Promise<Uint8Array | null> {
    if (this.#closesAt === null) return reply.read();
    const leftMs = this.#closesAt - this.#options.monotonic();
    if (leftMs <= 0) return null;
    return reply.read(leftMs).catch((error) => {
      if (error instanceof MeshError && error.code === 'gateway_timeout') return null;
      throw error;
    });
  }

  #closeWithin(ms: number): void {
    this.#closesAt = Math.min(this.#closesAt ?? Number.POSITIVE_INFINITY, this.#options.monotonic() + ms);
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
    const { tally, monotonic, encode, out, passed } = this.#options;
    const frames: Frame[] = [];
    for (const { frame, facts } of pieces) {
      tally.add(facts);
      if (facts.last) this.#ended = true;
      const waits = facts.held || this.held.length > 0;
      if (facts.closing || facts.held) this.#closeWithin(CLOSING_WAIT_MS);
      if (waits && facts.usage !== null) this.#closeWithin(REPORTED_WAIT_MS);
      if (frame !== null) (waits ? this.held : frames).push(frame);
    }
    passed?.(tally.deliveredTokens);
    const writtenAt = monotonic();
    this.#progressAt = writtenAt;
    return out.write(encode(frames))?.then(() => {
      this.#progressAt = monotonic();
      this.clientMs += this.#progressAt - writtenAt;
    });
  }
}
