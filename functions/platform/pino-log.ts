import { type DestinationStream, destination, type LoggerOptions, pino } from 'pino';
import { type Clock, systemClock } from './clock.ts';
import type { Log } from './log.ts';

/** Lines are written when there are so many bytes of them, or when the first has waited so long: each write costs as much as a few lines. */
export const GATHER_BYTES = 4_096;
export const GATHER_MS = 50;

export interface PinoLogOptions {
  /** The lowest level that is written. */
  level: 'info' | 'warn' | 'error' | 'silent';
  /** Which function speaks, `router`; on every line. */
  service: string;
  /** Where lines go, default standard output. */
  stream?: DestinationStream;
  clock?: Clock;
}

/** Cloud Logging's names for pino's levels. */
const severities: Readonly<Record<string, string>> = { info: 'INFO', warn: 'WARNING', error: 'ERROR' };

/**
 * One JSON object a line in the shape that Cloud Logging reads from standard output: `severity`, `time`, `message`, and
 * the fields flat beside them. https://cloud.google.com/logging/docs/structured-logging
 *
 * Lines are handed to the system without waiting for it, a pipe that is not read included, and several at a time where they
 * come quickly; pino writes what is left when the process exits.
 */
export function createLog(options: PinoLogOptions): Log {
  const clock = options.clock ?? systemClock;
  const settings: LoggerOptions = {
    level: options.level,
    base: { service: options.service },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
    formatters: { level: (level) => ({ severity: severities[level] ?? 'DEFAULT' }) },
  };
  const logger = pino(
    settings,
    options.stream ?? destination({ dest: 1, sync: false, minLength: GATHER_BYTES, periodicFlush: GATHER_MS }),
  );
  return {
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}
