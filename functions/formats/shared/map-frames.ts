import type { Decoder, Piece } from './facts.ts';

/** A decoder whose frames are made of another's; what they amount to stays. */
export function mapFrames<From, To>(inner: Decoder<From>, toFrame: (frame: From) => To): Decoder<To> {
  const map = (pieces: readonly Piece<From>[]) =>
    pieces.map(({ frame, facts }) => ({ frame: frame === null ? null : toFrame(frame), facts }));
  return { push: (bytes) => map(inner.push(bytes)), end: () => map(inner.end()) };
}
