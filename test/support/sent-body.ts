import type { Endpoint } from '../../functions/core/endpoints/endpoint.ts';
import { applyBodyRules, withoutHalves } from '../../functions/formats/shared/exchange-body.ts';

/** A body as it leaves for an endpoint. */
export function sentBody(body: Record<string, unknown>, { request }: Pick<Endpoint, 'request'>): string {
  return withoutHalves(JSON.stringify(applyBodyRules(body, request)));
}
