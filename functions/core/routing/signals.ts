import type { Demands } from './choose-model.ts';

/** What can make a request hard. */
export type Contributor = 'length' | 'code' | 'reasoning' | 'steps' | 'tools' | 'format' | 'effort' | 'turns' | 'media';

/** What can be read off a request without understanding it. Figures only: nothing here quotes it. */
export interface Signals extends Demands {
  /** Estimated. */
  inputTokens: number;
  /** Expected, of one answer, thinking included. */
  outputTokens: number;
  /** What most of its letters are; null where there are none. */
  script: string | null;
  /** Share of letters that are not Latin. */
  nonLatin: number;
  /** What made the difficulty: their sum, where it is not more than 1. */
  contributions: Readonly<Record<Contributor, number>>;
}
