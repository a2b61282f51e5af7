import type { Usage } from '../../core/money/usage.ts';

/** What the router says of an answer, whatever the upstream called it. */
export interface AnswerHead {
  /** Our request id. */
  id: string;
  /** Unix time in seconds. */
  created: number;
  /** Public id of the model that answers. */
  model: string;
  /** Whether the model was left to the router. */
  auto: boolean;
  /** Who serves it, as the catalogue names them. */
  provider: string;
  /** What it was configured by, where the upstream says nothing of its own: another text for another catalogue. */
  fingerprint: string;
}

/** What is known once an answer has been paid for. */
export interface AnswerBill {
  usage: Usage;
  /** Decimal string, USD. */
  usd: string;
  /** The `mesh` object: cost in both currencies, routing. */
  mesh: Readonly<Record<string, unknown>>;
}
