import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { MeshError } from '../../core/errors.ts';
import { blameOf } from '../../core/health/blame.ts';
import type { Pass } from '../../core/health/breaker-pass.ts';
import type { Breakers } from '../../core/health/breakers.ts';
import type { FigureBoard } from '../../core/health/figure-board.ts';
import type { Sample } from '../../core/health/figures.ts';
import type { View } from '../../core/routing/ranked.ts';

/** A failed attempt that another credential might mend is not repeated by everybody for this long. */
export const CREDENTIAL_COOLDOWN_MS = 10_000;

/** What this instance knows of its endpoints: what to choose by, and whom to tell how an attempt went. */
export interface Health extends View {
  breakers: Breakers;
  figures: View['figures'];
  /** Leave to ask an endpoint; null where its breaker keeps it back. */
  enter(endpoint: Endpoint, key: string, forced?: boolean): Pass | null | Promise<Pass | null>;
  /** An answer was delivered to its end. `sample` is null where its times say nothing. */
  succeeded(endpoint: Endpoint, pass: Pass, sample: Sample | null): void;
  failed(endpoint: Endpoint, pass: Pass, failure: MeshError): void;
}

export interface HealthOptions {
  breakers: Breakers;
  board: FigureBoard;
  region: string;
  now: () => number;
  random: () => number;
}

export function createHealth({ breakers, board, region, now, random }: HealthOptions): Health {
  return {
    breakers,
    region,
    now,
    random,
    figures: board.of,
    standing: ({ id }) => breakers.standing(id),
    enter: (endpoint, key, forced) => breakers.enter(endpoint, key, forced),
    succeeded(endpoint, pass, sample) {
      pass.succeeded();
      if (sample !== null) board.succeeded(endpoint, sample);
    },
    failed(endpoint, pass, failure) {
      switch (blameOf(failure)) {
        case 'failed':
          pass.failed();
          board.failed(endpoint);
          return;
        case 'limited':
          pass.limited(failure.retryAfterSeconds === null ? null : failure.retryAfterSeconds * 1_000, 'rate_limited');
          return;
        case 'refused':
          if (failure.providerCode === '401') pass.limited(CREDENTIAL_COOLDOWN_MS, 'credential_refused');
          else pass.dropped();
          board.failed(endpoint);
          return;
        case 'none':
          pass.dropped();
      }
    },
  };
}
