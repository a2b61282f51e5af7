import { randomUUID } from 'node:crypto';
import { systemClock } from '../clock.ts';
import type { Log } from '../log.ts';
import { readTelemetryConfig } from './read-telemetry-config.ts';
import { startTelemetry } from './start-telemetry.ts';
import type { Telemetry } from './telemetry.ts';

/**
 * Telemetry of a function that runs only while it is called, configured by its environment: it pushes, or it is silent.
 * functions-framework ends at SIGTERM at once, so that what it measured since its last flush is lost then.
 */
export function startFunctionTelemetry(
  service: string,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Telemetry> {
  return startTelemetry(readTelemetryConfig(env, { local: false }), {
    service,
    instanceId: randomUUID(),
    region: env.MESH_REGION || null,
    projectId: env.GOOGLE_CLOUD_PROJECT || null,
    isPublic: false,
    clock: systemClock,
    log,
  });
}
