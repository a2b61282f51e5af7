import { MeshError } from '../../core/errors.ts';
import type { Upstream } from './upstream.ts';

/** One `Upstream` of several, chosen by the scheme of the URL: `routeUpstream({ 'echo:': echo, 'https:': http })`. */
export function routeUpstream(byScheme: Readonly<Record<`${string}:`, Upstream>>): Upstream {
  const upstreams = new Map<string, Upstream>(Object.entries(byScheme));
  return {
    async send(request, limits, signal) {
      const upstream = upstreams.get(request.url.slice(0, request.url.indexOf(':') + 1));
      if (upstream === undefined) throw new MeshError('upstream_error', { providerCode: 'unknown_scheme' });
      return upstream.send(request, limits, signal);
    },
    async close() {
      await Promise.all([...new Set(upstreams.values())].map((upstream) => upstream.close()));
    },
  };
}
