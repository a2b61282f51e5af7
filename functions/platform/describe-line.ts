import { styleText } from 'node:util';
import type { LogFields } from './log.ts';

export type LogLevel = 'info' | 'warn' | 'error';

/** By how bad it is. */
const colours = { info: 'green', warn: 'yellow', error: 'red' } as const;
/** Fields that no other line shows: the trace, and what the message says already. */
const hidden = new Set(['logging.googleapis.com/trace', 'logging.googleapis.com/spanId', 'service']);
const MODEL_WIDTH = 28;
const STATUS_WIDTH = 3;

export interface Line {
  level: LogLevel;
  /** Milliseconds since 1970. */
  time: number;
  message: string;
  fields: LogFields;
}

/**
 * A line of the log for a person: of a request its time, status, model, endpoint, tokens, cost, duration and id; of anything else
 * the message and its fields. Colours where `colour` says so.
 */
export function describeLine({ level, time, message, fields }: Line, colour: boolean): string {
  const paint = (text: string) => (colour ? styleText(colours[level], text, { validateStream: false }) : text);
  const at = toClock(time);
  if (message === 'answered') return `${at} ${paint(describeStatus(fields))} ${describeAnswer(fields)}`;
  if (message === 'refused') return `${at} ${paint(describeStatus(fields))} ${describeRefusal(fields)}`;
  const mark = level === 'info' ? '' : `${paint(level)} `;
  return [`${at} ${mark}${message}`, ...pairsOf(fields)].join(' ');
}

function describeStatus({ status }: LogFields): string {
  return String(status ?? 200).padEnd(STATUS_WIDTH);
}

function describeAnswer(fields: LogFields): string {
  const { outcome, error, provider_code, settled } = fields;
  const marks = [
    outcome === 'finished' ? null : [outcome, error, provider_code].filter(Boolean).join(' '),
    settled === false ? 'unsettled' : null,
  ];
  const parts = [
    String(fields.model ?? fields.requested_model).padEnd(MODEL_WIDTH),
    fields.endpoint === fields.model ? null : fields.endpoint,
    `${fields.input_tokens ?? 0}+${fields.output_tokens ?? 0} tokens`,
    fields.cost_usd === undefined ? null : `$${fields.cost_usd}`,
    `${fields.total_ms} ms`,
    ...marks,
    fields.request_id,
  ];
  return parts.filter(Boolean).join('  ');
}

function describeRefusal(fields: LogFields): string {
  const { code, path, model, provider, endpoint, provider_code, thrown, at, request_id } = fields;
  const from = endpoint ?? ([provider, model].filter(Boolean).join(' ') || null);
  return [code, path, from, provider_code, thrown, at, request_id].filter(Boolean).join('  ');
}

function pairsOf(fields: LogFields): string[] {
  return Object.entries(fields)
    .filter(([name, value]) => value !== undefined && value !== null && !hidden.has(name))
    .map(([name, value]) => `${name}=${value}`);
}

/** The time of day here. */
function toClock(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
