import type { Call } from '../http/call.ts';
import type { Key } from './key-cache.ts';

/** What stands where a body says nothing: `X-Mesh-Weight-Profile`, then the key's defaults. */
export function requestDefaults({ req }: Pick<Call, 'req'>, { defaults }: Pick<Key, 'defaults'>) {
  const profile = req.headers['x-mesh-weight-profile'];
  return profile === undefined ? defaults : { ...defaults, weight_profile: profile };
}
