import type { BenchOptions } from './bench-options.ts';
import type { VariantName } from './variants.ts';

/** Before each window, and longer before a gateway's first of a case, so that its code is compiled. Milliseconds. */
const WARM_MS = 500;
const FIRST_WARM_MS = 6_000;
const QUICK_FIRST_WARM_MS = 500;
/** What goes on around each window: its clients connect, and those that are under way end. */
const AROUND_WINDOW_MS = 250;
/** One answer of each gateway is looked at before each case. */
const LOOK_MS = 100;
/** The bundle is built and a store is filled, and then it is started so many times. */
const COLD_STARTS = 5;
const QUICK_COLD_STARTS = 1;
const COLD_START_MS = 2_000;
const BUILD_MS = 8_000;
/** Firestore's emulator comes with the first that needs it. */
const EMULATOR_MS = 12_000;
const START_MS: Readonly<Record<VariantName, number>> = {
  direct: 0,
  bare: 500,
  portkey: 2_000,
  litellm: 30_000,
  before: 3_000,
  'before-firestore': 4_000,
  mesh: 3_000,
  'mesh-h2c': 3_000,
  'mesh-firestore': 4_000,
  'mesh-firestore-15ms': 6_000,
};
/** A machine with other work to do takes longer; one that takes longer than this measures nothing. */
const PATIENCE = 2;
const SPARE_MS = 60_000;

/** How long a run takes. Milliseconds. */
export interface TimePlan {
  /** On a machine that does nothing else, with all that is installed on demand in its place. */
  expectedMs: number;
  /** When it is ended, whatever it has measured by then. */
  limitMs: number;
  coldStarts: number;
  /** How long a gateway is asked before a window of a round. */
  warmMs(round: number): number;
}

/** Worked out before anything is started, so that whoever starts a run knows when it ends. */
export function planTime({ cases, variants, rounds, quick, profile }: BenchOptions): TimePlan {
  const firstMs = quick ? QUICK_FIRST_WARM_MS : FIRST_WARM_MS;
  const warmMs = (round: number) => (round === 0 ? firstMs : WARM_MS);
  const coldStarts = !variants.includes('mesh') || profile ? 0 : quick ? QUICK_COLD_STARTS : COLD_STARTS;
  let expectedMs = coldStarts === 0 ? 0 : BUILD_MS + COLD_START_MS * (1 + coldStarts);
  if (variants.some((name) => name.startsWith('mesh-firestore'))) expectedMs += EMULATOR_MS;
  for (const name of variants) expectedMs += START_MS[name];
  for (const each of cases) {
    const measured = each.variants.filter((name) => name === 'direct' || variants.includes(name)).length;
    expectedMs += measured * LOOK_MS;
    for (let round = 0; round < rounds; round++) {
      expectedMs += measured * (warmMs(round) + each.measureMs + AROUND_WINDOW_MS);
    }
  }
  return { expectedMs, limitMs: expectedMs * PATIENCE + SPARE_MS, coldStarts, warmMs };
}

/** `90 s`, and from two minutes on `17 min`. */
export function inWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
