import type { Secrets } from './secrets.ts';

/** Secrets of two places: those whose names begin with `prefix` are owners', all others ours. */
export function routeSecrets(prefix: string, owners: Secrets, ours: Secrets): Secrets {
  return {
    get: (name, version) => (name.startsWith(prefix) ? owners : ours).get(name, version),
    async close() {
      await Promise.all([owners.close(), ours.close()]);
    },
  };
}
