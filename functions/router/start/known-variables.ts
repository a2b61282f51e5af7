import { nearestName } from '../../formats/shared/nearest-name.ts';

/** Every variable of ours that anything here reads. */
export const knownVariables: readonly string[] = [
  'MESH_ADMIN_KEY',
  'MESH_CATALOGUE',
  'MESH_CONNECT_SECONDS',
  'MESH_CORS_ORIGINS',
  'MESH_DEMO',
  'MESH_ENTRY_DAYS',
  'MESH_EVENTS',
  'MESH_FIRST_TOKEN_SECONDS',
  'MESH_FX_URL',
  'MESH_FX_URLS',
  'MESH_HOST',
  'MESH_IDLE_SECONDS',
  'MESH_KEY',
  'MESH_LEASE_SECONDS',
  'MESH_LOG',
  'MESH_LOG_FORMAT',
  'MESH_MAIL_FROM',
  'MESH_MAIL_URL',
  'MESH_METRICS',
  'MESH_OWN_KEY_FEE',
  'MESH_PRIVATE_PROVIDERS',
  'MESH_PRIVATE_WEBHOOKS',
  'MESH_PROXIES',
  'MESH_REGION',
  'MESH_SEAL_KEY',
  'MESH_SECRETS',
  'MESH_STORE',
  'MESH_TRACE_RATIO',
  'MESH_URL',
  'MESH_USER_KEY',
  'MESH_WHOLE_SECONDS',
];

/** So many slips away a name may be and still be meant. */
const MOST_SLIPS = 2;

/**
 * Refuses a variable that nobody reads and that is a slip or two away from one of ours which is not set: what it says would be
 * passed over without a word. Throws an `Error` with both names.
 */
export function refuseMisspelt(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith('MESH')) continue;
    const meant = nearestName(name, knownVariables, MOST_SLIPS);
    if (meant !== null && env[meant] === undefined) {
      throw new Error(`There is no variable ${name}; did you mean ${meant}?`);
    }
  }
}
