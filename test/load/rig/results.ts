import type { Case } from './cases.ts';
import type { Measure } from './measure-window.ts';
import type { VariantName } from './variants.ts';

/** What one gateway showed in one case, every round. */
export interface Result {
  case: Case;
  variant: VariantName;
  rounds: Measure[];
}

export interface ColdStart {
  /** From the start of the process to the first answer of any kind, and to a first chat reply. Milliseconds. */
  firstAnswerMs: number[];
  firstReplyMs: number[];
}

/** Everything a run has measured. */
export interface Results {
  results: Result[];
  idleRssBytes: Map<VariantName, number>;
  coldStart: ColdStart | null;
}

export type Figure = (measure: Measure) => number | null;

/** The median of a figure over the rounds; null where it was not measured. */
export function medianOf({ results }: Results, caseName: string, variant: VariantName, figure: Figure): number | null {
  const found = results.find((each) => each.case.name === caseName && each.variant === variant);
  if (found === undefined) return null;
  return median(found.rounds.map(figure).filter((value) => value !== null));
}

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** How far the rounds lie apart: the largest difference from the median, as a share of it. */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  if (middle === null || middle === 0) return 0;
  return Math.max(...values.map((value) => Math.abs(value - middle))) / middle;
}
