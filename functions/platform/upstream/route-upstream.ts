import { MeshError } from '../../core/errors.ts';
import type { Upstream } from './upstream.ts';

/**
 * One `Upstream` of several, chosen by the scheme of the URL: `routeUpstream({ 'echo:': echo, 'https:': http })`. What goes to an
 * address that somebody outside named goes by `outside` alone, whatever its scheme.
 */
export function routeUpstream(byScheme: Readonly<Record<`${string}:`, Upstream>>, outside?: Upstream): Upstream {
  const upstreams = new Map<string, Upstream>(Object.entries(byScheme));
  return {
    async send(request, limits, signal) {
      const scheme = request.url.slice(0, request.url.indexOf(':') + 1);
      const upstream = request.outside === true ? outside : upstreams.get(scheme);
      if (upstream === undefined) throw new MeshError('upstream_error', { providerCode: 'unknown_scheme' });
      return upstream.send(request, limits, signal);
    },
    async close() {
      await Promise.all(
        [...new Set([...upstreams.values(), ...(outside === undefined ? [] : [outside])])].map((upstream) =>
          upstream.close(),
        ),
      );
    },
  };
}
