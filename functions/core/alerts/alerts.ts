import { documentId } from '../store/document-id.ts';
import type { Document, Fields, Value, Write } from '../store/documents.ts';

/**
 * What an operator or an owner should hear of. An alert is a document first, made in the transaction that found its cause, and
 * a message on the topic `alerts` after that: its id says what it is about (and for which day, month or topup), so the same
 * thing is told once, and a message that was lost is sent again by the sweep.
 */
export const ALERTS = 'alerts';

export const alertKinds = [
  'low_balance',
  'cap_50',
  'cap_75',
  'cap_90',
  'cap_100',
  'overage',
  'usage_capped',
  'stale_rate',
  'rate_jump',
  'dead_letter',
  'credential_refused',
  'breaker_open',
  'channel_disabled',
  'error_share',
  'model_retiring',
  'statement_ready',
] as const;
export type AlertKind = (typeof alertKinds)[number];

export interface Alert {
  kind: AlertKind;
  /** What it is about; with the kind it names the alert: `key_01J|daily|2026-11-23`. */
  subject: string;
  /** When it was found. */
  at: Date;
  /** Ids and decimal strings, never content. */
  facts: { readonly [fact: string]: Value };
}

export function alertId({ kind, subject }: Pick<Alert, 'kind' | 'subject'>): string {
  return documentId(`${kind}|${subject}`);
}

/** The write that makes an alert known. Where it is known already the commit fails: read before, in a transaction. */
export function alertWrite(alert: Alert): Write {
  const { kind, subject, at, facts } = alert;
  const data: Fields = { kind, subject, at, facts, sent: false };
  return { kind: 'set', collection: ALERTS, id: alertId(alert), data, expect: 'absent' };
}

export function toAlert({ data }: Document): Alert {
  return {
    kind: data.kind as AlertKind,
    subject: String(data.subject),
    at: data.at as Date,
    facts: data.facts as Alert['facts'],
  };
}
