import { type Clock, systemClock } from './clock.ts';
import { describeLine, type LogLevel } from './describe-line.ts';
import { createLineWriter, writeToStdout } from './line-writer.ts';
import type { Log, LogFields } from './log.ts';

export interface JsonLogOptions {
  /** The lowest level that is written. */
  level: 'info' | 'warn' | 'error' | 'silent';
  /** Which function speaks, `router`; on every line. */
  service: string;
  /** For programs or for people; default: `json`. */
  format?: 'json' | 'text';
  /** Where lines go, default standard output. */
  stream?: { write(line: string): void };
  /** Hears of lines that standard output did not take. */
  onDropped?(lines: number): void;
  clock?: Clock;
}

/** From the lowest to the highest, by the names that Cloud Logging has for them. */
const severities = { info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const;
const levels = [...Object.keys(severities), 'silent'];

/**
 * One JSON object a line in the shape that Cloud Logging reads from standard output: `severity`, `time`, `message`, and
 * the fields flat beside them. https://cloud.google.com/logging/docs/structured-logging
 *
 * Several lines are written at a time where they come quickly, what is left when the process exits. A destination that is
 * full or gone stops nothing: lines are dropped, and how many is told under the code `log_lines_dropped` when it takes some again.
 */
export function createLog(options: JsonLogOptions): Log {
  const clock = options.clock ?? systemClock;
  if (options.format === 'text') return textLog(options, clock);
  const { level, service, stream = stdout(options, clock) } = options;
  const writes = (name: keyof typeof severities) => {
    const severity = severities[name];
    if (levels.indexOf(name) < levels.indexOf(level)) return () => {};
    return (message: string, fields?: LogFields) => {
      const time = new Date(clock.now()).toISOString();
      stream.write(`${toJson({ severity, time, service }, fields, message)}\n`);
    };
  };
  return { info: writes('info'), warn: writes('warn'), error: writes('error') };
}

function textLog(options: JsonLogOptions, clock: Clock): Log {
  const stream = options.stream ?? stdout(options, clock);
  const colour = process.stdout.isTTY === true && process.stdout.hasColors();
  const writes =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (levels.indexOf(level) < levels.indexOf(options.level)) return;
      stream.write(`${describeLine({ level, time: clock.now(), message, fields }, colour)}\n`);
    };
  return { info: writes('info'), warn: writes('warn'), error: writes('error') };
}

/** What cannot be written is left out: a line that is logged fails nothing. */
function toJson(begin: LogFields, fields: LogFields | undefined, message: string): string {
  try {
    return JSON.stringify({ ...begin, ...fields, message });
  } catch {
    return JSON.stringify({ ...begin, message });
  }
}

function stdout({ service, onDropped = () => {} }: JsonLogOptions, clock: Clock): { write(line: string): void } {
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
