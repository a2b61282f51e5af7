import type { Documents } from '../../core/store/documents.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Events } from '../../platform/events/events.ts';
import type { Log } from '../../platform/log.ts';
import type { CachedSecrets } from '../../platform/secrets/cached-secrets.ts';
import type { SecretVault } from '../../platform/secrets/secret-vault.ts';
import type { Telemetry } from '../../platform/telemetry/telemetry.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import type { OwnKeys } from './own-keys.ts';

/** The ports that a router runs on. */
export interface Platform {
  documents: Documents;
  events: Events;
  secrets: CachedSecrets;
  /** Where owners' own keys for providers are kept. `secrets` reads there too. */
  vault: SecretVault;
  /** What seals, and what hashes users. */
  ownKeys: OwnKeys;
  upstream: Upstream;
  clock: Clock;
  log: Log;
  telemetry: Telemetry;
}
