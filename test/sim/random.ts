/** Chance that is the same for the same seed. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** From `least` to below `most`. */
  between(least: number, most: number): number;
  /** How long until the next of events that come at random, so far apart on average. */
  exponential(mean: number): number;
  /** Around `mean`, never below 0, with the long tail that latencies have; `spread` is that of its logarithm. */
  logNormal(mean: number, spread: number): number;
  /** A stream of its own: what one part of a simulation draws changes nothing for another. */
  fork(name: string): Random;
}

export function createRandom(seed: string | number): Random {
  let state = hash(String(seed));
  /** Mulberry32: a counter through a mixer. */
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    between: (least, most) => least + (most - least) * next(),
    exponential: (mean) => -mean * Math.log(1 - next()),
    logNormal: (mean, spread) => mean * Math.exp(spread * normal() - spread ** 2 / 2),
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}
