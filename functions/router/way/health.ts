import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { MeshError } from '../../core/errors.ts';
import { blameOf } from '../../core/health/blame.ts';
import type { Pass } from '../../core/health/breaker-pass.ts';
import type { Breakers } from '../../core/health/breakers.ts';
import type { FigureBoard } from '../../core/health/figure-board.ts';
import type { Sample } from '../../core/health/figures.ts';
import { createOwnHealth } from '../../core/health/own-health.ts';
import type { View } from '../../core/routing/ranked.ts';

/** A failed attempt that another credential might mend is not repeated by everybody for this long. */
export const CREDENTIAL_COOLDOWN_MS = 10_000;

/**
 * What this instance knows of its endpoints: what to choose by, and whom to tell how an attempt went. Those that are asked with an
 * owner's credential are apart from all others.
 */
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
  const own = createOwnHealth({ region, now });
  const isOwn = ({ ownKey }: Endpoint) => ownKey !== undefined;
  const noteFailure = (endpoint: Endpoint) => (isOwn(endpoint) ? own.failed(endpoint.id) : board.failed(endpoint));
  return {
    breakers,
    region,
    now,
    random,
    figures: (endpoint) => (isOwn(endpoint) ? own.figures(endpoint) : board.of(endpoint)),
    standing: (endpoint) => (isOwn(endpoint) ? own : breakers).standing(endpoint.id),
    enter: (endpoint, key, forced = false) =>
      isOwn(endpoint) ? own.enter(endpoint.id, forced) : breakers.enter(endpoint, key, forced),
    succeeded(endpoint, pass, sample) {
      pass.succeeded();
      if (sample !== null) (isOwn(endpoint) ? own : board).succeeded(endpoint, sample);
    },
    failed(endpoint, pass, failure) {
      switch (blameOf(failure)) {
        case 'failed':
          pass.failed();
          noteFailure(endpoint);
          return;
        case 'limited':
          pass.limited(failure.retryAfterSeconds === null ? null : failure.retryAfterSeconds * 1_000, 'rate_limited');
          return;
        case 'refused':
          if (failure.providerCode === '401') pass.limited(CREDENTIAL_COOLDOWN_MS, 'credential_refused');
          else pass.dropped();
          noteFailure(endpoint);
          return;
        case 'none':
          pass.dropped();
      }
    },
  };
}
