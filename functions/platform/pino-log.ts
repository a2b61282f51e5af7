import { type DestinationStream, type LoggerOptions, pino } from 'pino';
import { type Clock, systemClock } from './clock.ts';
import { describeLine, type LogLevel } from './describe-line.ts';
import { createLineWriter, writeToStdout } from './line-writer.ts';
import type { Log, LogFields } from './log.ts';

export interface PinoLogOptions {
  /** The lowest level that is written. */
  level: 'info' | 'warn' | 'error' | 'silent';
  /** Which function speaks, `router`; on every line. */
  service: string;
  /** For programs or for people; default: `json`. */
  format?: 'json' | 'text';
  /** Where lines go, default standard output. */
  stream?: DestinationStream;
  /** Hears of lines that standard output did not take. */
  onDropped?(lines: number): void;
  clock?: Clock;
}

/** Cloud Logging's names for pino's levels. */
const severities: Readonly<Record<string, string>> = { info: 'INFO', warn: 'WARNING', error: 'ERROR' };

/**
 * One JSON object a line in the shape that Cloud Logging reads from standard output: `severity`, `time`, `message`, and
 * the fields flat beside them. https://cloud.google.com/logging/docs/structured-logging
 *
 * Several lines are written at a time where they come quickly, what is left when the process exits. A destination that is
 * full or gone stops nothing: lines are dropped, and how many is told under the code `log_lines_dropped` when it takes some again.
 */
export function createLog(options: PinoLogOptions): Log {
  const clock = options.clock ?? systemClock;
  if (options.format === 'text') return textLog(options, clock);
  const settings: LoggerOptions = {
    level: options.level,
    base: { service: options.service },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
    formatters: { level: (level) => ({ severity: severities[level] ?? 'DEFAULT' }) },
  };
  const logger = pino(settings, options.stream ?? stdout(options, clock));
  return {
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

/** How much worse each level is than the ones before it. */
const levels = ['info', 'warn', 'error', 'silent'] as const;

function textLog(options: PinoLogOptions, clock: Clock): Log {
  const stream = options.stream ?? stdout(options, clock);
  const colour = process.stdout.isTTY === true && process.stdout.hasColors();
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (levels.indexOf(level) < levels.indexOf(options.level)) return;
      stream.write(`${describeLine({ level, time: clock.now(), message, fields }, colour)}\n`);
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

function stdout({ service, onDropped = () => {} }: PinoLogOptions, clock: Clock): DestinationStream {
  const writer = createLineWriter({
    write: writeToStdout(),
    onDropped,
    tell: (lines) => {
      const time = new Date(clock.now()).toISOString();
      const message = 'log lines were dropped: standard output took none';
      return `${JSON.stringify({ severity: 'WARNING', time, service, message, code: 'log_lines_dropped', lines })}\n`;
    },
  });
  process.on('exit', () => writer.end());
  return writer;
}
