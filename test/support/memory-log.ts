import type { Log, LogFields } from '../../functions/platform/log.ts';

export interface LogLine {
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: LogFields;
}

export interface MemoryLog extends Log {
  readonly lines: readonly LogLine[];
}

/** Keeps what was logged, for tests that look at it. */
export function memoryLog(): MemoryLog {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields });
    };
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

/** For tests that do not care. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };
