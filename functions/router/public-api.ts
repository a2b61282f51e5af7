import { openaiSurface } from '../formats/chat/surface.ts';
import { createApi, type PublicApi } from './http/handle.ts';
import { createRouteTable } from './http/route-table.ts';
import { routes } from './routes.ts';
import type { Services } from './way/services.ts';

const table = createRouteTable(routes);

/**
 * The public API over these services. `corsOrigins`: origins that browsers may call from; empty for none. `proxies`: addresses that
 * proxies of our own add to `X-Forwarded-For`.
 */
export function createPublicApi(
  services: Services,
  { corsOrigins, proxies }: { corsOrigins: readonly string[]; proxies: number },
): PublicApi {
  return createApi(services, { table, surface: openaiSurface, corsOrigins, proxies });
}
