import { randomUUID } from 'node:crypto';
import { systemClock } from '../clock.ts';
import type { Log } from '../log.ts';
import { readTelemetryConfig } from './read-telemetry-config.ts';
import { startTelemetry } from './start-telemetry.ts';
import type { Telemetry } from './telemetry.ts';

/** How long the last metrics and spans may take to be sent when the function is stopped. */
const CLOSE_LIMIT_MS = 2_000;

/**
 * Telemetry of a function that runs only while it is called, configured by its environment: it pushes, or it is silent.
 * What it has gathered is sent when it is stopped, too.
 */
export async function startFunctionTelemetry(
  service: string,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Telemetry> {
  const telemetry = await startTelemetry(readTelemetryConfig(env, { local: false }), {
    service,
    instanceId: randomUUID(),
    region: env.MESH_REGION || null,
    projectId: env.GOOGLE_CLOUD_PROJECT || null,
    isPublic: false,
    clock: systemClock,
    log,
  });
  process.once('SIGTERM', () => void telemetry.close(CLOSE_LIMIT_MS));
  return telemetry;
}
